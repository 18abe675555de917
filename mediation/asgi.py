"""One ASGI application: pages through Django, sockets through Channels, and, where it is asked
for, the worker beside them in the same process.
"""

import os
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediation.settings")

from django.core.asgi import get_asgi_application

# WhiteNoise hands its files over as a plain iterator, which Django warns about at each one.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

pages = get_asgi_application()  # loads the apps; everything below needs them

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402

from mediation.core.body_limit import BodyLimit  # noqa: E402
from mediation.core.lifespan import Lifespan  # noqa: E402
from mediation.core.server_send import KeepServerSend  # noqa: E402
from mediation.rooms.routing import websocket_urlpatterns  # noqa: E402

# Full origins, not host names: a host name alone would also admit http:// and any port.
application = ProtocolTypeRouter(
    {
        "http": BodyLimit(pages),
        "websocket": KeepServerSend(
            OriginValidator(
                AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), settings.SOCKET_ORIGINS
            )
        ),
        "lifespan": Lifespan(),
    }
)
