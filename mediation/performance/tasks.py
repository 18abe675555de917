from django_tasks import task

from mediation.performance.models import Statement
from mediation.performance.services import news


@task()
def send_news(statement_id: str) -> None:
    rows = Statement.objects.select_related("settlement__case", "participant")
    statement = rows.filter(pk=statement_id).first()
    if statement is not None:  # destroyed in the meantime with its settlement
        news.send_news(statement=statement)
