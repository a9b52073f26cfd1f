"""Why a benefit is computed project by project instead of by query."""

MESSAGES: dict[str, tuple[str, str]] = {
    "columns.kind": (
        "公式里有时没有取值的是非、日期或类别，只能逐个项目计算",
        "the formula has a yes/no, date or category that may have no value: computed project by project",
    ),
    "columns.nested": (
        "公式在一份清单里又用到另一份清单的记录，只能逐个项目计算",
        "the formula reads records of one list within another: computed project by project",
    ),
    "columns.node": (
        "公式用到查询里没有定义的算法，只能逐个项目计算",
        "the formula uses a mechanism that no query is defined for: computed project by project",
    ),
    "columns.quotient": (
        "公式对除不尽的商继续运算，只能逐个项目计算",
        "the formula goes on computing with a quotient that has no end: computed project by project",
    ),
    "columns.series": (
        "公式对按年金额的处理无法写成精确的查询，只能逐个项目计算",
        "what the formula does with yearly amounts has no exact query: computed project by project",
    ),
    "columns.signed": (
        "公式里逐年或逐项的金额可能为负，只能逐个项目计算",
        "amounts by year or item may be negative: computed project by project",
    ),
    "columns.top": (
        "公式从分组或分年的记录里只取若干项，只能逐个项目计算",
        "the formula takes only some of grouped or dated records: computed project by project",
    ),
    "columns.loan": (
        "贷款的提款或还款缺日期或金额两栏，只能逐个项目计算",
        "drawdowns or repayments lack their date or amount column: computed project by project",
    ),
    "columns.wide": (
        "数字位数太多，超出精确小数的范围，只能逐个项目计算",
        "numbers have more digits than an exact decimal holds: computed project by project",
    ),
}
