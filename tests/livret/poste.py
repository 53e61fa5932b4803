"""A mail server of this machine, as the plays want it: what it accepts is a file of its folder, one each.

poste.py PORT FOLDER [IDENTIFIANT:SECRET] [SECONDS] [REFUS]
    SECONDS: how long it makes one wait before it answers
    REFUS: « accueil », it lets nobody in; « expediteur », it takes nobody's address
"""
import asyncio
import email
import email.policy
import json
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

port, dossier = int(sys.argv[1]), Path(sys.argv[2])
secret = sys.argv[3] if len(sys.argv) > 3 else ""
lenteur = float(sys.argv[4]) if len(sys.argv) > 4 else 0
refus = sys.argv[5] if len(sys.argv) > 5 else ""
recus = 0


class Poste:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return ["550 5.7.1 go away"] if refus == "accueil" else responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if refus == "expediteur":
            return "550 5.1.8 sender refused: " + address
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refus"):
            return "550 5.1.1 unknown: " + address
        if address.startswith("plein"):
            return "452 4.2.2 full: " + address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global recus
        await asyncio.sleep(lenteur)
        m = email.message_from_bytes(envelope.content, policy=email.policy.default)
        recus += 1
        dit = {"a": envelope.rcpt_tos, "de": m["from"], "sujet": m["subject"], "id": m["message-id"],
               "auto": m["auto-submitted"], "genre": m.get_content_type(), "texte": m.get_content()}
        (dossier / f"{recus:04}.tmp").write_text(json.dumps(dit), encoding="utf-8")
        (dossier / f"{recus:04}.tmp").rename(dossier / f"{recus:04}.json")
        return "250 OK"


def connu(server, session, envelope, mechanism, data):
    dit = b":".join([data.login, data.password]).decode()
    return AuthResult(success=dit == secret, handled=False)  # the library answers


def servir():
    gardes = {"authenticator": connu, "auth_required": True, "auth_require_tls": False} if secret else {}
    return SMTP(Poste(), hostname="poste.test", enable_SMTPUTF8=True, **gardes)


async def main():
    serveur = await asyncio.get_running_loop().create_server(servir, "127.0.0.1", port)
    await serveur.serve_forever()


asyncio.run(main())
