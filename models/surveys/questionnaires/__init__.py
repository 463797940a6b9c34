"""Every version of the questionnaire, oldest first. A version stays in the list for ever."""

from models.surveys.questionnaires.declaration import Questionnaire
from models.surveys.questionnaires.guardians_v1 import GUARDIANS_V1

QUESTIONNAIRES: tuple[Questionnaire, ...] = (GUARDIANS_V1,)
CURRENT = QUESTIONNAIRES[-1]


class UnknownQuestionnaire(LookupError):
    """No questionnaire of this version was ever declared."""


def questionnaire(version: int) -> Questionnaire:
    """The declaration of a version; raises UnknownQuestionnaire."""
    for declared in QUESTIONNAIRES:
        if declared.version == version:
            return declared
    raise UnknownQuestionnaire(str(version))
