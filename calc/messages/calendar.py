"""Texts of the calendar."""

MESSAGES: dict[str, tuple[str, str]] = {
    "calendar.help": (
        "什么时候向谁申报什么：按卡片印的申报时间，最近的在前，附受理单位和电话；-o 申报.ics 可导入 Outlook。\n\n"
        "例：subsidy calendar examples/chip-design-house.toml --as-of 2023-03-01",
        "What to apply for, when and where: the windows the texts print, soonest first, with office and telephone; -o x.ics for Outlook.\n\n"
        "Example: subsidy calendar examples/chip-design-house.toml --as-of 2023-03-01",
    ),
    "calendar.schemes.help": ("只看这些政策，编号或前缀，可多次", "these schemes only, by id or prefix, may be repeated"),
    "calendar.output.help": ("写入文件；.ics 可导入日历", "write to this file; .ics for a calendar program"),
    "calendar.title": ("申报日历（{count} 项）", "Calendar ({count})"),
    "calendar.window": ("申报时间", "Window"),
    "calendar.office": ("受理单位和电话", "Office and telephone"),
    "calendar.if": ("{label}（有条件）", "{label} (if its conditions hold)"),
    "calendar.open.amount": ("待定", "open"),
    "calendar.open": ("正在受理，{first} 起", "open since {first}"),
    "calendar.open.until": ("正在受理，至 {last}", "open until {last}"),
    "calendar.later.from": ("未开始，{first} 起", "not yet: from {first}"),
    "calendar.later.until.from": ("未开始，{first} 至 {last}", "not yet: {first} to {last}"),
    "calendar.past.until": ("已截止（{last}）", "closed on {last}"),
    "calendar.silent": ("卡片未载申报时间", "the text names no window"),
    "calendar.none": (
        "没有要申报的：现在能拿、满足假设就能拿和缺少信息的都没有",
        "nothing to apply for: nothing to be had now, if assumptions hold, or once facts are added",
    ),
}
