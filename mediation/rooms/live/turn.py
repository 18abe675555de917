import base64
import hashlib
import hmac
import time

from django.conf import settings

from mediation.rooms.live.frames import Frame

LIFETIME_SECONDS = 600


def ice_servers(peer_id: str) -> list[Frame]:
    """STUN and TURN servers in the shape of RTCIceServer, with a credential for ten minutes.

    The name says only when it ends and which peer it was made for, and a peer id is random (TURN
    REST API, draft-uberti-behave-turn-rest-00, as coturn's use-auth-secret reads it).
    """
    servers: list[Frame] = []
    if settings.STUN_URLS:
        servers.append({"urls": list(settings.STUN_URLS)})
    if settings.TURN_URLS and settings.TURN_SECRET:
        name = f"{int(time.time()) + LIFETIME_SECONDS}:{peer_id}"
        digest = hmac.new(settings.TURN_SECRET.encode(), name.encode(), hashlib.sha1).digest()
        password = base64.b64encode(digest).decode()
        urls = list(settings.TURN_URLS)
        servers.append({"urls": urls, "username": name, "credential": password})
    return servers
