"""The twenty aspects (方面) of the ledger, in the order of their numbers."""

from models.errors import Invalid
from models.ledger.aspects.acceptance import ACCEPTANCE
from models.ledger.aspects.canteen_profile import CANTEEN_PROFILE
from models.ledger.aspects.contractor import CONTRACTOR
from models.ledger.aspects.county_supplier import COUNTY_SUPPLIER
from models.ledger.aspects.disinfection import DISINFECTION
from models.ledger.aspects.equipment import EQUIPMENT
from models.ledger.aspects.finance import FINANCE
from models.ledger.aspects.food_licence import FOOD_LICENCE
from models.ledger.aspects.food_sample import FOOD_SAMPLE
from models.ledger.aspects.morning_check import MORNING_CHECK
from models.ledger.aspects.pest_control import PEST_CONTROL
from models.ledger.aspects.procurement import PROCUREMENT
from models.ledger.aspects.satisfaction import SATISFACTION
from models.ledger.aspects.serving import SERVING
from models.ledger.aspects.shared_meal import SHARED_MEAL
from models.ledger.aspects.site_meeting import SITE_MEETING
from models.ledger.aspects.staff import STAFF
from models.ledger.aspects.storage import STORAGE
from models.ledger.aspects.three_defences import THREE_DEFENCES
from models.ledger.aspects.training import TRAINING
from models.ledger.declaring import Aspect

ASPECTS: tuple[Aspect, ...] = (
    CANTEEN_PROFILE,
    FOOD_LICENCE,
    CONTRACTOR,
    STAFF,
    TRAINING,
    MORNING_CHECK,
    EQUIPMENT,
    THREE_DEFENCES,
    PROCUREMENT,
    ACCEPTANCE,
    STORAGE,
    FOOD_SAMPLE,
    DISINFECTION,
    PEST_CONTROL,
    SERVING,
    SHARED_MEAL,
    SITE_MEETING,
    SATISFACTION,
    FINANCE,
    COUNTY_SUPPLIER,
)
BY_CODE = {aspect.code: aspect for aspect in ASPECTS}


class NoSuchAspect(Invalid):
    code = "no_such_aspect"
    sentence = "台账里没有“{aspect}”这个方面，请更新小程序后再填。"


def aspect(code: str) -> Aspect:
    """The declaration; raises NoSuchAspect."""
    found = BY_CODE.get(code)
    if found is None:
        raise NoSuchAspect(aspect=code)
    return found
