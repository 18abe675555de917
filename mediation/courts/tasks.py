from django_tasks import task

from mediation.courts.models import Release
from mediation.courts.services import news


@task()
def send_news(release_id: str, kind: str) -> None:
    rows = Release.objects.select_related("case", "court")
    news.send_news(release=rows.get(pk=release_id), kind=kind)
