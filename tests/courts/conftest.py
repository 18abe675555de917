from tests.factories.courts import released, sealed, sealed_once

__all__ = ["released", "sealed", "sealed_once"]
