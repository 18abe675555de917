from uuid import UUID

from django_tasks import task

from mediation.evidence.services import documents


@task()
def destroy_withdrawn(document_id: str) -> None:
    documents.destroy_withdrawn(document_id=UUID(document_id))
