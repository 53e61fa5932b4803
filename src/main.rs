//! Reads the command line, acts.
use clap::Parser;

fn main() -> std::process::ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("LIVRET_LOG")
                .unwrap_or_else(|_| "warn,livret=info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    livret::programme::run(livret::config::Command::parse())
}
