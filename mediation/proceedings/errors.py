"""What the course of a mediation refuses."""

from django.utils.translation import gettext_lazy as _

from mediation.core.errors import DomainError, InvalidInput, WrongState


class NothingWritten(InvalidInput):
    """Nothing is left of a text once the blanks around it are taken away, or it is too long."""

    code = "nothing_written"
    message = _("Write something, and no more than the page says.")


class CourseFull(DomainError):
    """A case holds so many points, facts and notes, and no more."""

    code = "course_full"
    message = _("There is no room for more here. Take something away first.")


class OtherWording(WrongState):
    """The text that was read is not the one that stands there now."""

    code = "other_wording"
    message = _("The wording has changed since you opened the page. Read it once more.")
