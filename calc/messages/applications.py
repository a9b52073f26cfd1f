"""Texts of applications: claims beside what is computed, duplicates, the payment list."""

MESSAGES: dict[str, tuple[str, str]] = {
    "batch.claimed.help": (
        "哪一列是申报金额：并列给出申报数、核算数、差额，以及从哪一步开始不同；几个政策时写作 政策=列名（可重复）。结果一行一个项目",
        "the column of amounts claimed: claimed, computed, difference, and the step where they part; with several schemes SCHEME=COLUMN "
        "(repeatable). A row a project",
    ),
    "batch.claimed.form": (
        "有几个政策，要说明是哪一个的：--claimed 1.01={column}，或用 -s 只选一个",
        "there are several schemes; say which it is of: --claimed 1.01={column}, or choose one with -s",
    ),
    "batch.claimed.money": ("一列金额", "a column of money"),
    "claimed.one": ("{label} {expression} = {value}", "{label} {expression} = {value}"),
    "claimed.step": ("申报数到“{step}”为止；其后：{next}", "the claim stops at “{step}”; then: {next}"),
    "claimed.rate": ("申报数是基数 {base} 的 {share}，规定是 {rate}", "the claim is {share} of {base}, the clause says {rate}"),
    "claimed.base": ("申报数按 {rate} 倒推的基数是 {needed}，材料是 {base}", "at {rate} the claim takes a base of {needed}, the form says {base}"),
    "claimed.unit": ("相差 {times} 倍，像是单位写错", "off by {times} times: another unit, it seems"),
    "claimed.alternative": ("申报数是“{benefit}”的金额；计入的是“{chosen}”", "the claim is the amount of “{benefit}”; what counts is “{chosen}”"),
    "claimed.sum": ("申报数是各项之和；不能相加，计入的是“{chosen}”", "the claim is the sum of all; they are not added, what counts is “{chosen}”"),
    "claimed.sum.cap": ("申报数是各项之和，没有计合并上限 {limit}", "the claim is the sum of all, without the joint cap of {limit}"),
    "claimed.last": ("没有哪一步等于申报数；最后一步：{step}", "no step comes to the claim; the last: {step}"),
    "claimed.unmet": ("条件不符合：{condition}{given}", "a condition is not met: {condition}{given}"),
    "claimed.missing": ("缺 {facts}，算不出", "cannot be computed without {facts}"),
    "claimed.conditional": ("待核实 {facts}；成立时是 {total}", "to be confirmed: {facts}; then it is {total}"),
    "claimed.unfit": ("没有适用的档次或类别", "no bracket or category fits"),
    "claimed.no-figure": ("政策没有可计算的金额", "the scheme has no amount to compute"),
    "claimed.none": ("申报数与核算数不同", "claimed and computed differ"),
    "batch.duplicates.help": (
        "把重复的申报写到这个文件：同一项目、同一企业、同一发票（见 --invoices）、同一项目享受互斥的政策",
        "a file for what is applied for twice: one project, one enterprise, one invoice (see --invoices), one project under schemes that exclude one another",
    ),
    "batch.invoices.help": ("哪一列是发票号码，一格可写几个（可重复）", "a column of invoice numbers, several in a cell if need be (repeatable)"),
    "batch.invoices.only": ("{fact} 要与 {accepted} 合用", "{fact} goes with {accepted}"),
    "duplicate.project": ("同一项目", "one project"),
    "duplicate.enterprise": ("同一企业", "one enterprise"),
    "duplicate.invoice": ("同一发票", "one invoice"),
    "duplicate.schemes": ("互斥的政策", "schemes that exclude one another"),
    "duplicate.note": ("{kind}，{count} 行", "{kind}, {count} rows"),
    "duplicate.rules": ("不能同时享受：{rules}", "not both: {rules}"),
    "batch.line": ("第 {line} 行", "line {line}"),
    "batch.said.duplicates": (
        "重复申报：同一项目 {project} 组，同一企业 {enterprise} 组，同一发票 {invoice} 组，享受互斥政策的项目 {schemes} 个",
        "Applied for twice: {project} projects, {enterprise} enterprises, {invoice} invoices; {schemes} projects paid under schemes that exclude one another",
    ),
    "batch.said.duplicate": ("  {kind} {value}：{rows}", "  {kind} {value}: {rows}"),
    "batch.said.excluded": ("  {rows}：{value}（不能同时享受：{note}）", "  {rows}: {value} (not both: {note})"),
    "batch.said.duplicates.file": ("重复清单：{file}", "list of duplicates: {file}"),
    "batch.said.claimed": (
        "申报与核算：{scheme}  {rows} 个项目申报 {claimed} 元，核算 {computed} 元，{differ} 个不同",
        "Claimed and computed: {scheme}  {rows} projects claim {claimed} yuan, computed {computed}, {differ} differ",
    ),
}
