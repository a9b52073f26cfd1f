"""Texts of the room: reform."""

MESSAGES: dict[str, tuple[str, str]] = {
    "reform.help": (
        "改政策要花多少钱：同一张项目表，按现行政策和修改后的政策各算一遍，给出总额、各支持项、谁增谁减。\n\n"
        "例：subsidy reform 项目.csv --against 修订稿.toml --by 区 --rows 明细.xlsx\n\n"
        "例：subsidy reform 项目.csv --change '1.01/investment-grant: percent = \"25%\"'",
        "What a change of the rules costs: a table of projects under today's schemes and under changed ones.\n\n"
        "Example: subsidy reform projects.csv --against draft.toml --by district --rows detail.xlsx\n\n"
        "Example: subsidy reform projects.csv --change '1.01/investment-grant: percent = \"25%\"'",
    ),
    "reform.against.help": (
        "修改后的政策文件，或放着它们的目录（可重复）；目录里没有的政策不变",
        "changed scheme files, or folders of them (repeatable); what a folder does not hold stays as it is",
    ),
    "reform.change.help": (
        "只改一处，写作 政策/支持项: 位置 = 值（可重复）；同一支持项的下一处可只写 位置 = 值",
        "one figure, as SCHEME/BENEFIT: PLACE = VALUE (repeatable); the next of the same benefit may be PLACE = VALUE alone",
    ),
    "reform.by.help": ("按这一列分组", "split by this column"),
    "reform.rows.help": (
        "逐个项目的修改前、修改后、差额和原因写到这个文件（.csv .xlsx .jsonl .parquet）",
        "a file with each project's before, after, difference and reason (.csv .xlsx .jsonl .parquet)",
    ),
    "reform.change.form": (
        "政策/支持项: 位置 = 值，如 1.01/investment-grant: percent = \"25%\"，或 1.01/investment-grant: limits[0].at_most = \"3000万元\"",
        "SCHEME/BENEFIT: PLACE = VALUE, such as 1.01/investment-grant: percent = \"25%\" or 1.01/investment-grant: limits[0].at_most = \"3000万元\"",
    ),
    "reform.change.benefit": ("{scheme} 的支持项之一：{benefits}", "one of the benefits of {scheme}: {benefits}"),
    "reform.change.places": ("其中的位置之一：{places}", "one of the places in it: {places}"),
    "reform.change.several": ("写全位置，是这几处中的哪一处：{places}", "the whole place, one of: {places}"),
    "reform.change.table": ("{path} 里的某一个值，不能整段替换", "a value within {path}; a whole section is not replaced"),
    "reform.against.twice": ("{scheme} 只给一个文件；另一个是 {other}", "one file for {scheme}; the other is {other}"),
    "reform.nothing": ("至少一处修改：--against 文件或目录，或 --change", "at least one change: --against FILE or FOLDER, or --change"),
    "reform.facts": (
        "事实 {fact} 现在是 {today}，这里是 {changed}：同一张表不能两样读",
        "the fact {fact} is {today} today and {changed} here: one table cannot be read in two ways",
    ),
    "reform.by.many": ("不超过 {most} 个不同值的列，如区、行业", "a column of at most {most} different values, such as a district"),
    "reform.reason": ("{scheme}/{benefit}：{before} → {after}（{why}）", "{scheme}/{benefit}: {before} → {after} ({why})"),
    "reform.why.new": ("新增的支持项", "a new benefit"),
    "reform.why.gone": ("支持项取消", "the benefit is no more"),
    "reform.why.status": ("{before} → {after}", "{before} → {after}"),
    "reform.why.choice": ("金额不变，择优或合并上限不同", "the same amount, but another one is chosen or a joint cap cuts it"),
    "reform.why.limit": ("起作用的上限：{before} → {after}", "the limit that binds: {before} → {after}"),
    "reform.why.none": ("无", "none"),
    "reform.why.amount": ("算式不同", "another formula"),
    # the report
    "reform.title": ("修改前后", "Before and after"),
    "reform.head.scheme": ("政策", "scheme"),
    "reform.head.benefit": ("支持项", "benefit"),
    "reform.head.before": ("修改前", "before"),
    "reform.head.after": ("修改后", "after"),
    "reform.head.difference": ("差额", "difference"),
    "reform.head.winners": ("增加", "gain"),
    "reform.head.losers": ("减少", "lose"),
    "reform.head.enter": ("新获得", "enter"),
    "reform.head.leave": ("不再获得", "leave"),
    "reform.head.rows": ("项目", "projects"),
    "reform.head.change": ("修改", "change"),
    "reform.head.first": ("单独修改", "made first"),
    "reform.head.last": ("最后修改", "made last"),
    "reform.head.total": ("合计（元）", "total (yuan)"),
    "reform.said.projects": (
        "{rows} 个项目：{winners} 个增加（其中 {enter} 个新获得），{losers} 个减少（其中 {leave} 个不再获得）",
        "{rows} projects: {winners} gain ({enter} of them were paid nothing), {losers} lose ({leave} of them are paid nothing)",
    ),
    "reform.said.interact": (
        "几处修改相互影响：单独修改与最后修改的金额不同，各处之和不等于总差额",
        "the changes bear on one another: made first and made last they come to different sums",
    ),
    "reform.said.rejected": ("{count} 行未计入，原因：", "{count} rows were left out:"),
    "reform.said.file": ("被拒清单：{file}", "rejects: {file}"),
    "reform.said.rows": ("逐项目明细：{file}", "each project: {file}"),
}
