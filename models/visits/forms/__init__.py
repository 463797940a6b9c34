"""Every version of every form, oldest first. A version stays in the list for ever."""

from models.visits.forms.committee_v1 import COMMITTEE_V1
from models.visits.forms.declaration import Form
from models.visits.forms.supervisor_v1 import SUPERVISOR_V1

FORMS: tuple[Form, ...] = (COMMITTEE_V1, SUPERVISOR_V1)


class UnknownForm(LookupError):
    """No form of this kind and version was ever declared."""


def form(kind: str, version: int) -> Form:
    """The declaration of a version; raises UnknownForm."""
    for declared in FORMS:
        if (declared.kind, declared.version) == (kind, version):
            return declared
    raise UnknownForm(f"{kind} {version}")


def current(kind: str) -> Form:
    """The newest version of a form; raises UnknownForm."""
    versions = [declared for declared in FORMS if declared.kind == kind]
    if not versions:
        raise UnknownForm(kind)
    return versions[-1]
