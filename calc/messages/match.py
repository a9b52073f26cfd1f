"""Texts of the room: match."""

MESSAGES: dict[str, tuple[str, str]] = {
    "match.help": (
        "一个项目对照全部政策：现在能拿什么、满足哪些条件就能拿、差一点的差多少、还要问什么。\n\n"
        "例：subsidy match examples/chip-design-house.toml --as-of 2023-04-01",
        "One project against all schemes: what it gets now, what it would get, what it just misses and by how much, what to ask next.\n\n"
        "Example: subsidy match examples/chip-design-house.toml --as-of 2023-04-01",
    ),
    "match.top": ("每部分最多列几行，0 为全部", "rows a section shows at the most, 0 for all"),
    "match.now": ("现在能拿", "Can get now"),
    "match.if": ("满足假设就能拿", "Can get if"),
    "match.missed": ("差一点", "Just missed"),
    "match.needs": ("缺少信息", "Needs facts"),
    "match.questions": ("接下来最值得问", "Next questions"),
    "match.scheme": ("政策", "Scheme"),
    "match.benefit": ("支持项", "Benefit"),
    "match.amount": ("金额（元）", "Amount (元)"),
    "match.assumed": ("假设成立", "Assuming"),
    "match.by": ("差在哪里", "Missed by"),
    "match.missing": ("要补的事实", "Facts to add"),
    "match.most": ("最高（元）", "At most (元)"),
    "match.fact": ("事实", "Fact"),
    "match.decides": ("能定几项", "Decides"),
    "match.expired": ("不在有效期内", "Not in force"),
    "match.outside": (
        "与所填画像无关的 {count} 项没有列出（{by}）；--format csv 列出全部",
        "{count} outside the profile are not listed ({by}); --format csv lists all",
    ),
    "match.outside.none": (
        "填上申报主体类型、所属领域、支持事项，就只列与您有关的政策",
        "say who applies, in which field and for what matters, and only what concerns you is listed",
    ),
    "match.opens": ("最多可打开（元）", "Could open (元)"),
    "match.schemes": ("涉及政策", "Schemes"),
    "match.section": ("部分", "section"),
    "match.status": ("状态", "status"),
    "match.detail": ("说明", "detail"),
    "match.short": ("{label}还差 {distance}（现 {given}，需 {needed}）", "{label} is {distance} short ({given} now, {needed} needed)"),
    "match.over": ("{label}超出 {distance}（现 {given}，需 {needed}）", "{label} is {distance} over ({given} now, {needed} needed)"),
    "match.late": ("{label}晚了 {distance} 天（现 {given}，需不晚于 {needed}）", "{label} is {distance} days late ({given}, needed by {needed})"),
    "match.early": ("{label}早了 {distance} 天（现 {given}，需不早于 {needed}）", "{label} is {distance} days early ({given}, needed from {needed})"),
    "match.wrong": ("{label}须为 {needed}", "{label} must be {needed}"),
    "match.or": ("或", " or "),
    "match.unbounded": ("不设上限", "no limit"),
    "match.none": ("（没有）", "(none)"),
    "match.more": ("另有 {count} 项，用 --top 0 列出全部", "{count} more; list all with --top 0"),
    "match.alone": ("各项按单独申请计，能否同时享受请用 subsidy plan", "each stands alone; for what can be taken together use subsidy plan"),
    "match.summary": (
        "现在能拿 {now} 项；满足假设就能拿 {likely} 项；差一点 {missed} 项；缺少信息 {needs} 项",
        "{now} to be had now; {likely} if their assumptions hold; {missed} just missed; {needs} need facts",
    ),
}
