from io import BytesIO

import pytest

from mediation.evidence.enums import Audience
from mediation.evidence.models import Document
from mediation.evidence.services import documents
from tests.evidence import samples


@pytest.fixture
def bring():
    """Bring a document: `bring(cast, "party_a", Audience.ROOM)`."""

    def add(cast, who="party_a", audience=Audience.ROOM, name="note.txt", data=None) -> Document:
        return documents.add_document(
            actor=getattr(cast, who),
            case=cast.case,
            audience=audience,
            name=name,
            content=BytesIO(samples.GOOD["note.txt"] if data is None else data),
        )

    return add
