//! The private Postgres, as the program and the tests use it.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{fs::MetadataExt, fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use livret::cluster::{Cluster, Life, Settings, default_base};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, Uid, User},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// Where a test replayed in another process finds its folder.
const STAGE: &str = "LIVRET_TEST_STAGE";
/// A folder of that name asks its owner to lend an account.
const OTHER_ACCOUNT: &str = "compte";
const NONE: [String; 0] = [];

#[test]
fn a_new_cluster_answers_and_speaks_french() {
    let base = folder();
    let cluster = Cluster::start(base.path(), Life::WithProcess).unwrap();
    assert!(cluster.owned());
    assert_eq!(ask(&cluster, "select 1::text"), "1");
    assert_eq!(ask(&cluster, "select current_user::text"), "livret");
    let sorted = "select string_agg(mot, ' ' order by mot)
                    from unnest(array['zone', 'été', 'Eté', 'etc']) as mot";
    assert_eq!(ask(&cluster, sorted), "etc Eté été zone");
    for (setting, expected) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("max_connections", "100"),
        ("listen_addresses", ""),
    ] {
        assert_eq!(ask(&cluster, &format!("select current_setting('{setting}')")), expected);
    }
    for private in ["run", "pgdata"] {
        let mode = fs::metadata(base.path().join(private)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{private}");
    }
    cluster.stop().unwrap();
}

#[test]
fn a_second_start_joins_and_the_stop_leaves_no_process() {
    let base = folder();
    assert!(Cluster::join(base.path()).unwrap().is_none());
    assert!(Cluster::join(&base.path().join("absent")).unwrap().is_none());
    let first = Cluster::start(base.path(), Life::WithProcess).unwrap();
    let second = Cluster::start(base.path(), Life::WithProcess).unwrap();
    let beside = Cluster::join(base.path()).unwrap().unwrap();
    assert!(!second.owned() && !beside.owned());
    second.stop().unwrap();
    assert_eq!(ask(&beside, "select 1::text"), "1");
    first.stop().unwrap();
    assert_eq!(processes(base.path()), NONE);
    assert!(Cluster::join(base.path()).unwrap().is_none());
}

#[test]
fn a_database_is_made_once_even_by_two_at_a_time() {
    let base = folder();
    let cluster = Cluster::start(base.path(), Life::WithProcess).unwrap();
    let made = block_on(async {
        tokio::join!(cluster.ensure_database("l'\"été\""), cluster.ensure_database("l'\"été\""))
    });
    assert!(made.0.is_ok() && made.1.is_ok(), "{made:?}");
    block_on(cluster.ensure_database("l'\"été\"")).unwrap();
    let name = block_on(async {
        let mut db = PgConnection::connect(&cluster.url("l'\"été\"")).await?;
        sqlx::query_scalar::<_, String>("select current_database()::text").fetch_one(&mut db).await
    });
    assert_eq!(name.unwrap(), "l'\"été\"");
}

#[test]
fn the_server_dies_with_its_program_and_loses_nothing() {
    let base = folder();
    let mut program = play_owner(base.path());
    program.kill().unwrap(); // -9
    program.wait().unwrap();
    if cfg!(target_os = "linux") {
        wait_for_none(base.path());
    }
    expect_the_row(base.path());
}

#[test]
fn a_start_does_not_wait_for_the_end_of_the_former_server() {
    let base = folder();
    let mut program = play_owner(base.path());
    program.kill().unwrap();
    program.wait().unwrap();
    expect_the_row(base.path()); // at once: the former one may still be stopping
}

#[test]
fn a_crash_of_everything_is_recovered() {
    let base = folder();
    let mut program = play_owner(base.path());
    let pid = fs::read_to_string(base.path().join("pgdata/postmaster.pid")).unwrap();
    let server = Pid::from_raw(pid.lines().next().unwrap().parse().unwrap());
    kill(server, Signal::SIGKILL).unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    expect_the_row(base.path());
}

#[test]
fn a_start_cut_short_and_a_stale_lock_are_forgotten() {
    let base = folder();
    fs::create_dir_all(base.path().join("pgdata.new/base")).unwrap();
    let cluster = Cluster::start(base.path(), Life::WithProcess).unwrap();
    cluster.stop().unwrap();
    // The number of a living stranger: this very test.
    let stale = format!("{}\n{}\n", std::process::id(), base.path().join("pgdata").display());
    fs::write(base.path().join("pgdata/postmaster.pid"), &stale).unwrap();
    fs::write(base.path().join("run/.s.PGSQL.5432.lock"), &stale).unwrap();
    let again = Cluster::start(base.path(), Life::WithProcess).unwrap();
    assert_eq!(ask(&again, "select 1::text"), "1");
}

#[test]
fn a_detached_server_is_shared_then_replaced_by_a_safe_one() {
    let base = folder();
    let first = Cluster::start(base.path(), Life::Detached).unwrap();
    let second = Cluster::start(base.path(), Life::Detached).unwrap();
    assert!(!first.owned() && !second.owned());
    drop((first, second));
    let joined = Cluster::join(base.path()).unwrap().unwrap();
    assert_eq!(ask(&joined, "select current_setting('fsync')"), "off");
    let safe = Cluster::start(base.path(), Life::WithProcess).unwrap();
    assert_eq!(ask(&safe, "select current_setting('fsync')"), "on");
    safe.stop().unwrap();
    assert_eq!(processes(base.path()), NONE);
}

#[test]
fn a_path_too_long_for_a_socket_works() {
    let base = folder();
    let deep = base.path().join("profond".repeat(12)).join("é".repeat(40));
    let cluster = Cluster::start(&deep, Life::WithProcess).unwrap();
    assert_eq!(ask(&cluster, "select 1::text"), "1");
    let sockets = PathBuf::from(cluster.options("postgres").get_socket().unwrap());
    assert!(!sockets.starts_with(&deep));
    cluster.stop().unwrap();
    fs::remove_dir_all(sockets).unwrap();
}

#[test]
fn without_postgresql_the_message_says_what_to_type() {
    let base = folder();
    let settings = Settings { binaries: Some(base.path().join("rien")), ..Settings::default() };
    let error = Cluster::start_with(base.path(), Life::WithProcess, &settings).unwrap_err();
    let message = format!("{error:#}");
    println!("{message}");
    assert!(message.contains("Livret a besoin de PostgreSQL 15"), "{message}");
    assert!(message.contains("DATABASE_URL") && message.contains("livret servir"), "{message}");
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if release.contains("ID=debian") {
        let sudo = if Uid::effective().is_root() { "    " } else { "    sudo " };
        let command = format!("\n{sudo}apt-get install -y postgresql\n");
        assert!(message.contains(&command), "{message}");
    }
    assert!(!base.path().join("pgdata").exists());
}

#[test]
fn the_environment_is_read_through_its_reader() {
    let settings = Settings::read(|name| (name == "PG_BIN_DIR").then(|| "/ailleurs".into()));
    assert_eq!(settings.binaries.as_deref(), Some(Path::new("/ailleurs")));
    assert!(!settings.account);
    let settings = Settings::read(|name| match name {
        "LIVRET_PG_BIN" => Some("/ici".into()),
        "LIVRET_PG_IDENTITY" => Some("account".into()),
        _ => Some("/ailleurs".into()),
    });
    assert_eq!(settings.binaries.as_deref(), Some(Path::new("/ici")));
    assert!(settings.account);
}

#[test]
fn root_may_change_the_way_it_is_somebody_else() {
    if !Uid::effective().is_root() {
        eprintln!("PASSÉ : seul root a le choix de l’identité");
        return;
    }
    let base = folder();
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o711)).unwrap();
    for account in [true, false, true] {
        let settings = Settings { account, ..Settings::default() };
        let cluster = Cluster::start_with(base.path(), Life::WithProcess, &settings).unwrap();
        assert_eq!(ask(&cluster, "select 1::text"), "1");
        let joined = Cluster::start(base.path(), Life::WithProcess).unwrap();
        assert!(!joined.owned());
        cluster.stop().unwrap();
    }
}

#[test]
fn the_server_of_another_account_dies_with_its_program_too() {
    if !Uid::effective().is_root() {
        eprintln!("PASSÉ : seul root peut prêter un compte");
        return;
    }
    let parent = folder();
    fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let base = parent.path().join(OTHER_ACCOUNT);
    let mut program = play_owner(&base);
    assert_ne!(fs::metadata(base.join("pgdata")).unwrap().uid(), 0);
    program.kill().unwrap();
    program.wait().unwrap();
    if cfg!(target_os = "linux") {
        wait_for_none(&base);
    }
    expect_the_row(&base);
}

#[test]
fn the_data_go_elsewhere_only_when_their_place_is_closed() {
    let closed = folder();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let local = closed.path().join("data");
    let system = Path::new("/var/lib/livret");
    let usual = Settings::default();
    assert_eq!(default_base(&local, system, &usual).unwrap(), local);
    let account = Settings { account: true, ..usual };
    let expected = if Uid::effective().is_root() { system } else { &local };
    assert_eq!(default_base(&local, system, &account).unwrap(), expected);
    let error = Cluster::start_with(&local, Life::WithProcess, &account);
    assert_eq!(error.is_err(), Uid::effective().is_root());
}

#[test]
fn an_ordinary_user_needs_nothing_special() {
    if !Uid::effective().is_root() {
        return live_once(folder().path());
    }
    let Ok(Some(nobody)) = User::from_name("nobody") else {
        eprintln!("PASSÉ : aucun compte « nobody » pour jouer l’utilisateur ordinaire");
        return;
    };
    let stage = folder();
    let program = stage.path().join("essai");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(stage.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let mut command = replay(&program, "role_of_the_ordinary_user", &stage.path().join("base"));
    command.uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw()).current_dir("/");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("joué par"), "{said}");
}

#[test]
#[ignore = "measures: cargo test --test livret_cluster durations -- --ignored --nocapture"]
fn durations() {
    let timed = |what: &str, act: &mut dyn FnMut()| {
        let begin = Instant::now();
        act();
        println!("{what}: {:.1} ms", begin.elapsed().as_secs_f64() * 1000.0);
    };
    for life in [Life::WithProcess, Life::Detached] {
        let base = folder();
        let mut cluster = None;
        let mut start = || cluster = Some(Cluster::start(base.path(), life).unwrap());
        timed(&format!("{life:?} cold start"), &mut start);
        let safe = Life::WithProcess;
        for _ in 0..3 {
            timed("join", &mut || drop(Cluster::join(base.path()).unwrap()));
            timed("stop", &mut || drop(cluster.take()));
            let mut start = || cluster = Some(Cluster::start(base.path(), safe).unwrap());
            timed("warm start", &mut start);
            let connected = cluster.as_ref().unwrap();
            timed("connect and ask", &mut || drop(ask(connected, "select 1::text")));
            timed("ensure_database", &mut || {
                block_on(connected.ensure_database("livret")).unwrap();
            });
        }
    }
}

// -- roles, played in another process

#[test]
#[ignore = "a role of other tests"]
fn role_of_the_owner() {
    let Some(base) = stage() else { return };
    let settings = Settings { account: base.ends_with(OTHER_ACCOUNT), ..Settings::default() };
    let cluster = Cluster::start_with(&base, Life::WithProcess, &settings).unwrap();
    ask(&cluster, "create table gardee (mot text)");
    ask(&cluster, "insert into gardee values ('ici')");
    println!("PRET");
    loop {
        std::thread::park(); // until killed
    }
}

#[test]
#[ignore = "a role of other tests"]
fn role_of_the_ordinary_user() {
    let Some(base) = stage() else { return };
    assert!(!Uid::effective().is_root());
    live_once(&base);
    println!("joué par {}", Uid::effective());
}

fn live_once(base: &Path) {
    for _ in 0..2 {
        let cluster = Cluster::start(base, Life::WithProcess).unwrap();
        assert_eq!(ask(&cluster, "select 1::text"), "1");
        cluster.stop().unwrap();
        assert_eq!(processes(base), NONE);
    }
}

fn play_owner(base: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut owner = replay(&program, "role_of_the_owner", base);
    let mut child = owner.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.map_while(Result::ok).any(|line| line.ends_with("PRET"));
    assert!(ready, "the owner died before it was ready");
    child
}

fn replay(program: &Path, role: &str, base: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--exact", role, "--ignored", "--nocapture"]).env(STAGE, base);
    command
}

#[expect(clippy::disallowed_methods, reason = "how one test speaks to its own replay")]
fn stage() -> Option<PathBuf> {
    std::env::var_os(STAGE).map(PathBuf::from)
}

// -- means

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("livret-").tempdir_in("/tmp").unwrap()
}

fn block_on<T>(act: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(act)
}

/// The text of the only cell, or nothing for a statement that gives no row.
fn ask(cluster: &Cluster, statement: &str) -> String {
    block_on(async {
        let mut db = PgConnection::connect_with(&cluster.options("postgres")).await?;
        let cell = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_optional(&mut db).await?;
        db.close().await?;
        Ok::<String, sqlx::Error>(cell.unwrap_or_default())
    })
    .unwrap()
}

fn expect_the_row(base: &Path) {
    let cluster = Cluster::start(base, Life::WithProcess).unwrap();
    assert!(cluster.owned());
    assert_eq!(ask(&cluster, "select mot from gardee"), "ici");
}

/// The processes that work in this cluster's data, as Linux tells; none elsewhere.
fn processes(base: &Path) -> Vec<String> {
    let data = base.canonicalize().unwrap().join("pgdata");
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let here = |path: &Path| fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd == data);
    all.map(|entry| entry.path())
        .filter(|path| here(path))
        .map(|path| path.display().to_string())
        .collect()
}

fn wait_for_none(base: &Path) {
    let end = Instant::now() + Duration::from_secs(20);
    while !processes(base).is_empty() {
        assert!(Instant::now() < end, "orphans: {:?}", processes(base));
        sleep(Duration::from_millis(10));
    }
}
