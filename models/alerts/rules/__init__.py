"""Every rule there is (预警规则), by number. A new one is a module of its own and a line here."""

from models.alerts.declaring import Rule
from models.alerts.rules.acceptance_kept import ACCEPTANCE_KEPT
from models.alerts.rules.acceptance_signers import ACCEPTANCE_SIGNERS
from models.alerts.rules.canteen_profile import CANTEEN_PROFILE
from models.alerts.rules.caterer_director import CATERER_DIRECTOR
from models.alerts.rules.caterer_portions import CATERER_PORTIONS
from models.alerts.rules.committee_filed import COMMITTEE_FILED
from models.alerts.rules.committee_grades import COMMITTEE_GRADES
from models.alerts.rules.committee_size import COMMITTEE_SIZE
from models.alerts.rules.committee_visit import COMMITTEE_VISIT
from models.alerts.rules.contracting_fee import CONTRACTING_FEE
from models.alerts.rules.contracting_forbidden import CONTRACTING_FORBIDDEN
from models.alerts.rules.contractor_contract import CONTRACTOR_CONTRACT
from models.alerts.rules.contractor_licence import CONTRACTOR_LICENCE
from models.alerts.rules.contractor_scope import CONTRACTOR_SCOPE
from models.alerts.rules.copied_answers import COPIED_ANSWERS
from models.alerts.rules.county_contract import COUNTY_CONTRACT
from models.alerts.rules.data_stopped import DATA_STOPPED
from models.alerts.rules.defences_intact import DEFENCES_INTACT
from models.alerts.rules.delivery_contract import DELIVERY_CONTRACT
from models.alerts.rules.delivery_scope import DELIVERY_SCOPE
from models.alerts.rules.disinfection import DISINFECTION
from models.alerts.rules.dust_proof import DUST_PROOF
from models.alerts.rules.equipment import EQUIPMENT
from models.alerts.rules.expired_food import EXPIRED_FOOD
from models.alerts.rules.fly_proof import FLY_PROOF
from models.alerts.rules.food_licence import FOOD_LICENCE
from models.alerts.rules.food_safety_director import FOOD_SAFETY_DIRECTOR
from models.alerts.rules.health_certificate import HEALTH_CERTIFICATE
from models.alerts.rules.licence_scope import LICENCE_SCOPE
from models.alerts.rules.midnight_entries import MIDNIGHT_ENTRIES
from models.alerts.rules.morning_check import MORNING_CHECK
from models.alerts.rules.perfect_records import PERFECT_RECORDS
from models.alerts.rules.pest_control import PEST_CONTROL
from models.alerts.rules.photo_twice import PHOTO_TWICE
from models.alerts.rules.price_outlier import PRICE_OUTLIER
from models.alerts.rules.purchase_contract import PURCHASE_CONTRACT
from models.alerts.rules.rat_proof import RAT_PROOF
from models.alerts.rules.rectification_overdue import RECTIFICATION_OVERDUE
from models.alerts.rules.rectification_returned import RECTIFICATION_RETURNED
from models.alerts.rules.sample_hours import SAMPLE_HOURS
from models.alerts.rules.sample_weight import SAMPLE_WEIGHT
from models.alerts.rules.samples_kept import SAMPLES_KEPT
from models.alerts.rules.satisfaction_low import SATISFACTION_LOW
from models.alerts.rules.shared_meal import SHARED_MEAL
from models.alerts.rules.site_meeting import SITE_MEETING
from models.alerts.rules.supervisor_visit import SUPERVISOR_VISIT
from models.alerts.rules.supplier_licence import SUPPLIER_LICENCE
from models.alerts.rules.survey_run import SURVEY_RUN
from models.alerts.rules.training import TRAINING
from models.alerts.rules.visit_rush import VISIT_RUSH
from models.errors import Invalid

RULES: tuple[Rule, ...] = (
    DUST_PROOF,
    RAT_PROOF,
    FLY_PROOF,
    DEFENCES_INTACT,
    FOOD_LICENCE,
    LICENCE_SCOPE,
    CONTRACTOR_LICENCE,
    CONTRACTOR_CONTRACT,
    CONTRACTOR_SCOPE,
    CONTRACTING_FORBIDDEN,
    CONTRACTING_FEE,
    HEALTH_CERTIFICATE,
    FOOD_SAFETY_DIRECTOR,
    COMMITTEE_SIZE,
    COMMITTEE_GRADES,
    COMMITTEE_FILED,
    SHARED_MEAL,
    SITE_MEETING,
    TRAINING,
    PEST_CONTROL,
    SAMPLES_KEPT,
    SAMPLE_WEIGHT,
    SAMPLE_HOURS,
    ACCEPTANCE_KEPT,
    ACCEPTANCE_SIGNERS,
    PURCHASE_CONTRACT,
    SUPPLIER_LICENCE,
    DELIVERY_SCOPE,
    DELIVERY_CONTRACT,
    PRICE_OUTLIER,
    MORNING_CHECK,
    DISINFECTION,
    EXPIRED_FOOD,
    CATERER_PORTIONS,
    CATERER_DIRECTOR,
    SURVEY_RUN,
    SATISFACTION_LOW,
    COMMITTEE_VISIT,
    SUPERVISOR_VISIT,
    PERFECT_RECORDS,
    COPIED_ANSWERS,
    PHOTO_TWICE,
    VISIT_RUSH,
    MIDNIGHT_ENTRIES,
    RECTIFICATION_OVERDUE,
    RECTIFICATION_RETURNED,
    DATA_STOPPED,
    CANTEEN_PROFILE,
    COUNTY_CONTRACT,
    EQUIPMENT,
)
BY_CODE = {rule.code: rule for rule in RULES}
# what the owner is told of, in notices and in what is to be done
TELLING = [rule.code for rule in RULES if rule.tells]


class NoSuchRule(Invalid):
    code = "no_such_alert_rule"
    sentence = "没有“{rule}”这条预警规则。"


def rule(code: str) -> Rule:
    """The rule; raises NoSuchRule."""
    found = BY_CODE.get(code)
    if found is None:
        raise NoSuchRule(rule=code[:40])
    return found
