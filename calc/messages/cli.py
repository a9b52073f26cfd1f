"""Texts of the room: cli."""

MESSAGES: dict[str, tuple[str, str]] = {
    "cli.help": (
        "政策资金测算：一个项目按各项政策最多能拿多少，怎么算出来的，卡在哪一条，还缺什么。\n\n"
        "例：subsidy estimate examples/old-factory.toml -s 1.01",
        "The subsidy calculator: the most each scheme allows a project, how the figure comes about, which clause limits it, what is "
        "missing.\n\nExample: subsidy estimate examples/old-factory.toml -s 1.01",
    ),
    "cli.lang": ("界面语言，zh 或 en；也可设环境变量 SUBSIDY_LANG", "language, zh or en; SUBSIDY_LANG does the same"),
    "cli.lang.unknown": ("--lang 只能是 zh 或 en，却是“{value}”", "--lang is zh or en, not “{value}”"),
    "cli.version": ("显示版本号", "print the version"),
    "cli.help.option": ("显示本说明", "print this help"),
    "cli.usage": ("用法：", "Usage: "),
    "cli.commands": ("命令", "Commands"),
    "cli.arguments": ("参数", "Arguments"),
    "cli.options": ("选项", "options"),
    "cli.command": ("命令", "COMMAND"),
    # options that several commands share
    "cli.project.help": (
        "项目文件：TOML、JSON，或填好的填报表（.xlsx、.csv）；- 表示从标准输入读",
        "the project file: TOML, JSON or a filled form (.xlsx, .csv); - reads standard input",
    ),
    "cli.set.help": (
        "改一个事实再算，可多次；明细的字段写 loans[1].rate=3.5%",
        "put a fact in place, may be repeated; a field of a record is loans[1].rate=3.5%",
    ),
    "cli.as_of.help": ("按哪一天判断政策是否有效，默认今天", "the day on which a scheme must be in force, today if not told"),
    "cli.format.help": ("输出格式；不写时看 -o 文件的后缀", "the form of the output; if not told, by the name of the -o file"),
    "cli.output.help": ("写入文件，不写则输出到屏幕", "write to this file instead of the screen"),
    "cli.lpr.help": ("改用自己的 LPR 表（TOML）", "use this LPR table (TOML)"),
    "cli.schemes.help": ("改用这个政策文件夹", "use the schemes in this folder"),
    # refusals
    "file.nameless": ("没有写文件名", "the name of the file is missing"),
    "file.dash": ("“-”是屏幕，这一样结果要写到文件", "“-” is the screen; this result needs a file"),
    "file.twice": ("{file}：两样结果不能写到同一个文件", "{file}: two results cannot be written to one file"),
    "file.suffix.other": (
        "{file} 的后缀是 {suffix}，--format 却是 {format}；两者写成一致，或不写 --format",
        "{file} ends in {suffix}, yet --format is {format}; make them agree, or leave --format out",
    ),
    "file.device": ("{file} 是设备或管道，不能当文件写；不写 -o 则输出到屏幕", "{file} is a device or a pipe, not a file; leave -o out for the screen"),
    "file.read.only": ("{file} 是只读文件，不能覆盖", "{file} is protected against writing; it is not overwritten"),
    "file.suffix": ("{file}：写不了 {suffix} 文件；后缀可用 {known}", "{file}: {suffix} files cannot be written; suffixes: {known}"),
    "cli.interrupted": ("已中断", "interrupted"),
    "cli.deep": ("嵌套太深，读不了", "nested too deeply to be read"),
    "cli.bug": (
        "程序出错，不是您的输入写错了：{error}。请把这行发给维护者；设 SUBSIDY_TRACEBACK=1 可看详情",
        "a bug in the program, not in your input: {error}. Please report this line; SUBSIDY_TRACEBACK=1 shows where",
    ),
    "cli.no.command": ("没有“{name}”这个命令。可用：{known}", "there is no command “{name}”. Known: {known}"),
    "cli.no.option": ("没有 {option} 这个选项", "there is no option {option}"),
    "cli.missing": ("缺少参数 {name}", "the argument {name} is missing"),
    "cli.whole": ("应为 {least} 到 {most} 的整数", "a whole number from {least} to {most} is meant"),
    "cli.bad.value": ("{name} 的值不可用：{error}", "the value of {name} cannot be used: {error}"),
    "cli.missing.option": ("缺少选项 {option}", "the option {option} is missing"),
    "cli.option.twice": ("选项 {option} 写了不止一次", "the option {option} stands more than once"),
    "cli.argument.blank": ("参数 {name} 是空的", "the argument {name} is blank"),
    "cli.pair.twice": ("选项 {option} 里 {name} 写了不止一次", "{name} stands in {option} more than once"),
    "cli.option.alone": ("--{one} 与 --{other} 只能用一个", "--{one} and --{other} do not go together"),
    "cli.option.idle": ("--format {format} 列出全部，{option} 用不上", "--format {format} lists everything; {option} does not apply"),
    "cli.option.value": ("选项 {option} 后面要写值", "the option {option} needs a value"),
    "cli.extra": ("多余的参数：{words}", "unexpected arguments: {words}"),
    "cli.try": ("用法见 {command} --help", "see {command} --help"),
    "cli.stdin": ("标准输入", "standard input"),
    "cli.unreadable": ("{file}：读不了（{error}）", "{file}: cannot be read ({error})"),
    "cli.encoding": ("{file}：不是 UTF-8 或 GB18030 编码的文本", "{file}: not text in UTF-8 or GB18030"),
    "cli.json": ("{at}：JSON 格式有误：{problem}", "{at}: not valid JSON: {problem}"),
    "cli.toml": ("{at}：TOML 格式有误：{problem}", "{at}: not valid TOML: {problem}"),
    "cli.empty": ("{file}：文件是空的", "{file}: the file is empty"),
    "cli.project": ("{file}：项目文件应是一张表（键和值），如 name = \"…\"", "{file}: a project file is a table of keys and values, such as name = \"…\""),
    "cli.project.keys": (
        "{file}：[facts] 外面只能写 {known}，不认识：{keys}；是事实的移到 [facts] 里，批量测算也可加 --ignore-unknown",
        "{file}: beside [facts] there may be {known}, not {keys}; move facts into [facts], or use --ignore-unknown in a batch",
    ),
    "cli.project.name": (
        "{key} 应是文字，如 \"某老旧厂房改造\"，不是“{value}”",
        "{key} is a text such as \"Old factory\", not “{value}”",
    ),
    "cli.project.facts": ("{file}：facts 应是一张表：[facts] 下每行一个事实", "{file}: facts is a table: [facts], then one fact a line"),
    "cli.set": ("--set 写成 事实=值，却是“{setting}”", "--set takes fact=value, not “{setting}”"),
    "cli.set.place": (
        "--set {setting}：这张明细现有 {count} 项，序号从 1 数起，最多可新增一项",
        "--set {setting}: the list has {count} record{count:|s}; they are counted from 1 and one may be added",
    ),
    "cli.set.json": (
        "--set {setting}：明细应是 JSON 列表，如 loans=[{{\"principal\":\"1000万元\"}}]",
        "--set {setting}: a list is given as JSON, such as loans=[{{\"principal\":\"1000万元\"}}]",
    ),
    "cli.as_of": ("日期“{value}”不可用。可接受：{accepted}", "the date “{value}” cannot be used. Accepted: {accepted}"),
    "cli.format.unknown": ("没有“{format}”这种格式。可用：{known}", "there is no format “{format}”. Known: {known}"),
    # subsidy estimate
    "estimate.help": (
        "估算一个项目按所选政策最多能拿多少，逐步列出算法、条件、上限和出处。\n\n"
        "例：subsidy estimate examples/big-plant.toml -s g07 -s g13 --set fai_in_statistics_2022=1.8亿元",
        "The most a project can get under the schemes chosen, with every step, condition, limit and source.\n\n"
        "Example: subsidy estimate examples/big-plant.toml -s g07 -s g13 --set fai_in_statistics_2022=1.8亿元",
    ),
    "estimate.schemes.help": ("政策编号或前缀，可多次", "a scheme by id or prefix, may be repeated"),
    "estimate.choose": (
        "请用 -s 指定政策，如 -s 1.01。不知道哪些适用：subsidy {command}",
        "choose schemes with -s, such as -s 1.01. To see which fit: subsidy {command}",
    ),
    "estimate.xlsx": ("工作簿请用 -o 指定文件，如 -o 测算.xlsx", "a workbook needs a file, such as -o estimate.xlsx"),
    "estimate.unused": (
        "给出的这些事实，所选政策都没有用到：{facts}",
        "none of the schemes chosen uses these facts: {facts}",
    ),
    # subsidy list
    "list.help": (
        "列出政策：编号、名称、支持方式、最多能拿多少、效力。各筛选条件须同时满足。\n\n例：subsidy list --part 3 --support grant --search 机器人",
        "The schemes: id, title, kinds of support, the most they can pay, validity. Filters must all hold.\n\n"
        "Example: subsidy list --part 3 --support grant --search 机器人",
    ),
    "list.part.none": ("这个文件夹没有分部分；在 catalog.toml 的 [parts] 里写", "this folder has no parts; they stand in [parts] of catalog.toml"),
    "list.part.help": ("部分：编号或名称，见 catalog.toml 的 [parts]", "part, by how its ids begin or by label: see [parts] in catalog.toml"),
    "list.authority.help": ("发文单位含有这些字", "the issuing authority contains this"),
    "list.support.help": ("支持方式，如 grant 或 补助", "the kind of support, such as grant or 补助"),
    "list.nature.help": ("金额性质，如 ceiling 或 最高额", "the nature of the amount, such as ceiling or 最高额"),
    "list.validity.help": ("效力：in-force、not-yet、expired", "validity: in-force, not-yet, expired"),
    "list.outcome.help": ("money（有金额）、none（无金额）、index（索引）", "money, none (pays no money) or index"),
    "profile.for.help": ("谁来申报，如 企业；可写多次", "who applies, such as enterprise; may be repeated"),
    "profile.field.help": ("所属领域，如 机器人；可写多次", "the field, such as robotics; may be repeated"),
    "profile.matter.help": ("为了什么事，如 贷款；可写多次", "what it is about, such as loan; may be repeated"),
    # subsidy facts
    "facts.help": (
        "查事实：名称、填写说明、选项含有这些字的，各怎么填、多少个政策要用；不写字则全部列出。\n\n例：subsidy facts 贷款",
        "The facts whose name, help or choices contain these words: how each is given, how many schemes ask for it; all, without words.\n\n"
        "Example: subsidy facts loan",
    ),
    "facts.words.help": ("要找的字，写几个就须同时含有", "words to look for; all must be there"),
    "facts.none": ("没有含有这些字的事实", "no fact contains these words"),
    "facts.schemes": ("{count} 个政策要用", "asked for by {count} scheme{count:|s}"),
    "facts.twin": ("填了“{label}”（{fact}）就不必再填", "need not be given where {label} ({fact}) says it"),
    "facts.count": ("共 {count} 项", "Facts: {count}"),
    "list.search.help": ("名称、支持项、条款含有这些字", "title, benefits or clauses contain this"),
    "list.unknown": ("{option} 没有“{value}”。可用：{known}", "{option} has no “{value}”. Known: {known}"),
    # subsidy show
    "show.help": (
        "用平实的话说明一个政策：怎么算、上限、条件、要哪些事实、数字的出处、效力。\n\n例：subsidy show g07",
        "One scheme in plain words: formula, limits, conditions, the facts it asks for, where each figure stands, validity.\n\n"
        "Example: subsidy show g07",
    ),
    "show.scheme.help": ("政策编号或前缀", "a scheme by id or prefix"),
    # subsidy check
    "check.help": (
        "检查政策文件：写法、类型、单位、分档空隙、无效上限、缺条款，以及文件之间的引用。有问题时退出码为 1。\n\n"
        "例：subsidy check schemes/1-general/1.01-old-factory-renovation.toml",
        "Check scheme files: form, types, units, gaps in tables, dead limits, missing clauses, and references between files. "
        "Exit code 1 when there are problems.\n\nExample: subsidy check schemes/1-general/1.01-old-factory-renovation.toml",
    ),
    "check.files.help": ("只检查这些文件，或这个文件夹；不写则检查全部", "check only these files, or this folder; all of them if not told"),
    # subsidy lpr
    "lpr.help": (
        "某一天执行的贷款市场报价利率（LPR）：一年期、五年期以上，自哪天起，最后核实到哪天。不写日期则列出全部变动。\n\n例：subsidy lpr 2023-03-01",
        "The loan prime rates in force on a day, since when, and when the table was last verified. Without a date: every change.\n\n"
        "Example: subsidy lpr 2023-03-01",
    ),
    "lpr.date.help": ("日期，如 2023-03-01", "a date such as 2023-03-01"),
    "lpr.add.help": (
        "在 --lpr 的利率表里记下某天公布的一年期、五年期以上利率，如 2026-10-20 3.0% 3.5%；表还没有就从自带的表抄一份",
        "note in the table of --lpr what was published on a day, such as 2026-10-20 3.0% 3.5%; a table not there yet begins as a copy of the one shipped",
    ),
    "lpr.add.where": ("--add 要同时用 --lpr 写明记到哪个利率表文件", "--add needs --lpr with the table to write to"),
    "lpr.add.only": ("--add 只记下利率，{option} 用不上", "--add only notes the rates; {option} does not apply"),
    "lpr.date.name": ("日期", "the date"),
    "lpr.add.rate": ("0% 到 20% 之间的利率", "a rate between 0% and 20%"),
    "lpr.add.after": ("晚于表中最后一次变动 {day} 的日期", "a day after the last change in the table, {day}"),
    "lpr.added": (
        "{file}：核实到 {day}，{rates}。以后用 --lpr {file}",
        "{file}: verified on {day}, {rates}. From now on use --lpr {file}",
    ),
    "lpr.head": ("{day} 执行的 LPR", "LPR in force on {day}"),
    "lpr.rates": ("一年期 {one}，五年期以上 {five}", "1-year {one}, 5-year {five}"),
    "lpr.since": ("自 {day} 起执行", "since {day}"),
    "lpr.verified.on": ("利率表最后核实到 {day}", "table last verified on {day}"),
    "lpr.before": ("{day} 早于利率表的起始日 {first}，没有可用的 LPR", "{day} is before the table starts ({first}); no rate is known"),
    "lpr.after": (
        "{day} 晚于利率表的最后核实日 {verified}，沿用当时的利率，请核对",
        "{day} is after the table was last verified ({verified}); the rates of that day are shown, please check",
    ),
    "cli.no.file": ("没有这个文件", "no such file"),
    "check.hint": ("提示：{hint}", "hint: {hint}"),
    "check.found": ("检查了 {schemes} 个政策文件，发现 {count} 个问题", "{schemes} scheme file{schemes:|s} checked, {count} problem{count:|s} found"),
    "check.cases.help": ("同时核算政策文件夹 cases/ 下的算例，逐条说明与预期不符之处", "Also run the cases in the folder's cases/ and say what differs"),
    "cases.none": ("没有算例（[[case]]）", "there are no cases ([[case]])"),
    "cases.case": ("第 {number} 例（{why}）：{problem}", "case {number} ({why}): {problem}"),
    "cases.key": ("不认识“{key}”，可以写：{known}", "“{key}” is not known here; known are {known}"),
    "cases.benefit": ("没有支持项“{id}”", "there is no benefit “{id}”"),
    "cases.nothing": ("没有写预期结果", "nothing is expected of it"),
    "cases.differs": ("{key} 应为 {wanted}，算出 {found}", "{key} should be {wanted} and is {found}"),
    "cases.agree": ("{count} 个算例全部相符", "{count:the one case agrees|all {count} cases agree}"),
    "cases.found": ("{count} 个算例，有 {problems} 处不符", "{count} case{count:|s}, {problems} of them {problems:differs|differ}"),
    "check.clean": (
        "检查了 {schemes} 个政策文件、{facts} 个事实，没有问题",
        "{schemes} scheme file{schemes:|s} and {facts} fact{facts:|s} checked, no problems",
    ),
    "check.value": ("{id} 的 values_en 有 values 里没有的 {slug}", "{id}: values_en has {slug}, which values has not"),
    "check.name": ("{id} 的名称或别名“{name}”是另一个事实的编号", "{id}: its label or alias “{name}” is the id of another fact"),
    "check.reference": ("{key} 指向的政策 {name} 不存在", "{key} points to {name}, which does not exist"),
    "check.reference.self": ("later_batch 指向自己", "later_batch points to the scheme itself"),
    "check.label": ("“{label}”既指 {one} 又指 {other}，用名称填写时分不清", "“{label}” is both {one} and {other}; given by label they cannot be told apart"),
    "check.columns": (
        "{id} 与 {other} 在宽表里有同名的列“{column}”，请改一个编号",
        "{id} would share the column “{column}” of a wide table with {other}: change an id",
    ),
    "check.twice": ("编号 {id} 重复，另一个在 {other}", "the id {id} stands twice, also in {other}"),
}
