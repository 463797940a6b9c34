"""Every case that is planted: true ones of each rule, and those that only look like one."""

from ops.demo.province.cases import buying, canteens, counties, daily, files, others
from ops.demo.province.cases.counties import CountyCase
from ops.demo.province.cases.making import Case

# what fits few schools comes first
CASES: tuple[Case, ...] = (
    *files.CONTRACTORS,
    *daily.STOPPED,
    *buying.CONTRACTS,
    *buying.SUPPLIERS,
    *canteens.DEFENCES,
    *files.LICENCES,
    *files.STAFF,
    *canteens.CANTEENS,
    *daily.SEEN,
    *daily.WRONG,
    *daily.KEPT,
    *daily.MONTHS,
    *files.COMMITTEES,
    *others.VISITS,
    *others.SURVEYS,
    *others.PROBLEMS,
    *others.PHOTOS,
)
COUNTY_CASES: tuple[CountyCase, ...] = (*counties.CONTRACTS, *counties.CATERERS, *counties.VISITORS)
