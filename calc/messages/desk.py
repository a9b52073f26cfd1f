"""Texts of the room: desk (templates, interview, schemas, new schemes, completion, doctor)."""

MESSAGES: dict[str, tuple[str, str]] = {
    # units that head a column
    "unit.money": ("元，也可写 5000万元", "元, or 5000万元"),
    "unit.usd": ("美元，也可写 500万美元", "US dollars, or 500万美元"),
    "unit.percent": ("%", "%"),
    "unit.area": ("平方米", "m² (平方米)"),
    "unit.mu": ("亩", "mu (亩)"),
    "unit.tonne": ("吨", "tonnes (吨)"),
    "unit.kg": ("公斤", "kg (公斤)"),
    "unit.years": ("年", "years (年)"),
    "unit.months": ("个月", "months (个月)"),
    "unit.count": ("整数", "whole number"),
    "unit.number": ("数字", "number"),
    "unit.date": ("日期", "date"),
    "unit.bool": ("是/否", "yes/no"),
    "unit.enum": ("选一项", "choose one"),
    "unit.list": ("明细", "records"),
    "package.missing": (
        "这一步需要可选组件 {package}：pip install 'subsidy-calc[all]'",
        "this needs the optional package {package}: pip install 'subsidy-calc[all]'",
    ),
    # template
    "template.help": (
        "生成填报表：所选政策要用的事实，每个一列，明细每类一张表；填好后直接交给 estimate、match、plan、batch。\n\n"
        "例：subsidy template 1.01 -o 填报表.xlsx",
        "A file to fill in: a column for each fact that the schemes ask for, a sheet for each record list; "
        "filled in, it goes straight into estimate, match, plan and batch.\n\nExample: subsidy template 1.01 -o project.xlsx",
    ),
    "template.schemes.help": ("政策编号或前缀，可写多个", "schemes by id or prefix, one or more"),
    "template.output.help": ("写到这个文件：.xlsx、.csv 或 .toml", "the file to write: .xlsx, .csv or .toml"),
    "template.project.help": ("先填入这个项目文件里已有的事实", "fill in what this project file already says"),
    "template.force.help": ("文件已存在时覆盖", "replace the file if it exists"),
    "template.project": ("项目", "Project"),
    "template.record": ("第几项", "Record"),
    "template.projects": ("项目", "Projects"),
    "template.choices": ("选项", "Choices"),
    "template.row.id": ("#编号", "#id"),
    "template.row.unit": ("#单位", "#unit"),
    "template.row.help": ("#说明", "#help"),
    "template.row.example": ("#示例（不计入）", "#example (not read)"),
    "template.guide.sheet": ("填写说明", "How to"),
    "template.guide.title": ("怎样填写", "How to fill this in"),
    "template.guide": (
        "1. 每个项目一行，从示例下面一行填起；第一列写项目名称。不知道的留空，就是“没有提供”，不会当作 0 或“否”。\n"
        "2. 金额按元填数字，也可以写 5000万元、1.5亿元；百分比写 85%；日期写 2023-03-01 或 2023年3月1日。\n"
        "3. 有下拉框的从框里选；填错的当场会提示。把鼠标停在表头上可看说明。\n"
        "4. 明细（贷款、租赁、合同等）各有一张表，每条记录一行，第一列写它属于哪个项目。\n"
        "5. 一张明细表一行都没填，表示没有提供；确实没有，就在那张表写一行：第一列项目名称，第二列（无）。\n"
        "6. 以 # 开头的行（编号、单位、说明、示例）不会被读取，可以删去；隐藏的“#编号”行请保留，有它在，改了表头也认得出。\n"
        "7. 保存后：subsidy estimate 本文件 -s 政策编号；几个项目一起算用 subsidy batch 本文件。",
        "1. One row a project, starting below the example; its name goes into the first column. Leave blank what is not known: "
        "it counts as not given, never as 0 or no.\n"
        "2. Amounts are numbers in yuan, or written 5000万元, 1.5亿元; percentages 85%; dates 2023-03-01.\n"
        "3. Choose from the list where a cell has one; a wrong entry is refused at once. Point at a header for its help.\n"
        "4. Each record list (loans, leases, contracts …) has its own sheet, one row a record; the first column says whose it is.\n"
        "5. A list sheet with no row filled in means: not given. Where there are none, write one row: the project, and (none).\n"
        "6. Rows that begin with # (ids, units, help, example) are not read and may be deleted; keep the hidden #id row, "
        "it ties the columns to their facts.\n"
        "7. Then: subsidy estimate FILE -s SCHEME; for several projects subsidy batch FILE.",
    ),
    "template.guide.for": ("本表适用的政策：", "The schemes this file is for:"),
    "template.toml": (
        "填好引号里的内容；不知道的留空，就是“没有提供”。\n然后：subsidy estimate 本文件 {schemes}",
        "Write between the quotes; leave blank what is not known, it counts as not given.\nThen: subsidy estimate FILE {schemes}",
    ),
    "template.toml.list": (
        "明细：每条记录一段，去掉行首的 # 并改成实际的值",
        "records: a block each; take away the # and put in real values",
    ),
    "template.wrote": ("已写 {file}", "wrote {file}"),
    "template.suffix": ("{file}：文件名须以 {known} 结尾", "{file}: the name must end in {known}"),
    "template.one": ("TOML 文件只放一个项目，却有 {count} 个；请用 .xlsx 或 .csv", "a TOML file holds one project, not {count}; use .xlsx or .csv"),
    "template.nothing": ("{schemes} 不用任何事实，没有可填的", "{schemes}: no facts are asked for, there is nothing to fill in"),
    "template.exists": ("{file} 已存在；要覆盖请加 --force", "{file} exists; add --force to replace it"),
    "template.at.csv": ("{file} 第{line}行 {column}列", "{file} line {line}, column {column}"),
    "template.encoding": ("{file}：编码既不是 UTF-8 也不是 GB18030", "{file}: neither UTF-8 nor GB18030"),
    "template.unreadable": ("{file}：读不了（{error}）", "{file}: cannot be read ({error})"),
    "template.empty": ("{file}：没有填写任何项目", "{file}: no project is filled in"),
    "template.count": (
        "{file} 里有 {count} 个项目，这里只能算一个；多个项目请用 subsidy batch",
        "{file} holds {count} projects, this takes one; for several use subsidy batch",
    ),
    "template.sheet": ("“{sheet}”表不是任何明细；最接近的是：{nearest}", "the sheet “{sheet}” is no record list; nearest: {nearest}"),
    "template.sheet.remark": ("（不读的表请让每行以 # 开头）", "(begin each row with # where it is not to be read)"),
    "template.formula": (
        "{at}：公式还没有算出值，请用 Excel 或 LibreOffice 打开并保存一次",
        "{at}: the formula has no value yet; open the file in Excel or LibreOffice and save it",
    ),
    "template.twice": ("{at}：项目“{name}”出现两次", "{at}: the project “{name}” stands twice"),
    "template.column.twice": ("{at}：“{name}”这一列出现两次", "{at}: the column “{name}” stands twice"),
    "template.field": ("这张明细的字段：{fields}", "a field of this list: {fields}"),
    "template.headless": ("{at}：有值“{value}”，这一列却没有表头", "{at}: the value “{value}” stands in a column without header"),
    "template.owner": ("{at}：没有“{name}”这个项目；最接近的是：{nearest}", "{at}: there is no project “{name}”; nearest: {nearest}"),
    "template.record.number": (
        "{at}：“{value}”不是上级明细的第几项（共 {count} 项）",
        "{at}: “{value}” is not the number of a record ({count} there)",
    ),
    # interview
    "ask.help": (
        "问答：只问还会影响金额的事实，最要紧的先问，随时显示算到多少，最后存成项目文件。不写政策就对照全部政策问。\n\n"
        "例：subsidy ask 1.01 -o 项目.toml",
        "An interview: asks only what can still change an amount, what matters most first, shows the amount so far and saves a "
        "project file. Without a scheme it asks for all of them.\n\nExample: subsidy ask 1.01 -o project.toml",
    ),
    "ask.schemes.help": ("政策编号或前缀；不写就是全部政策", "schemes by id or prefix; all, if none is told"),
    "ask.project.help": ("从这个项目文件已有的事实接着问", "go on from what this project file says"),
    "ask.output.help": ("存成这个文件（TOML）；不写则最后再问", "save to this file (TOML); if not told, it is asked at the end"),
    "ask.name.help": ("项目名称", "the name of the project"),
    "ask.intro": (
        "？看说明 · < 返回上一题 · - 或回车：不知道 · 完：结束并保存",
        "? explains · < goes back · - or Enter: not known · q: finish and save",
    ),
    "ask.record": ("第 {number} 项", "record {number}"),
    "ask.any": ("有“{list}”要填吗？（是/否）", "Is there anything for “{list}”? (yes/no)"),
    "ask.more": ("{list}：还有第 {number} 项吗？（是/否）", "{list}: is there a record {number}? (yes/no)"),
    "ask.value": ("{name}（{unit}）", "{name} ({unit})"),
    "ask.standing": ("{scheme} {amount}（{status}）", "{scheme} {amount} ({status})"),
    "ask.opens": ("关系到最多 {opens} · {schemes}", "up to {opens} turn on it · {schemes}"),
    "ask.unbounded": ("（不设上限）", "(no limit)"),
    "ask.others": (" 等 {count} 个政策", " and others, {count} schemes in all"),
    "ask.accepted": ("可填：{accepted}", "accepted: {accepted}"),
    "ask.first": ("    已经是第一题", "    this is the first question"),
    "ask.nothing": ("\n没有还会影响金额的问题了。", "\nNothing more can change an amount."),
    "ask.so.far": ("【到目前】{standing}", "[so far] {standing}"),
    "ask.open": ("还算不出", "not known yet"),
    "ask.if": ("，其余条件成立则 {amount}", ", {amount} if the rest holds"),
    "ask.all": ("【到目前】能拿的 {sure} 个政策，条件成立就能拿的 {likely} 个", "[so far] {sure} schemes pay, {likely} would if the rest holds"),
    "ask.best": ("；最高一个：{scheme} {amount}", "; the largest: {scheme} {amount}"),
    "ask.save": ("\n存到哪个文件？（如 项目.toml；直接回车则打印出来）", "\nSave to which file? (such as project.toml; Enter prints it)"),
    "ask.suffix": ("{file}：项目文件须以 .toml 结尾", "{file}: a project file ends in .toml"),
    "ask.taken": ("{file} 已存在，请换一个名字", "{file} exists, give another name"),
    "ask.saved": ("已存到 {file}。接着：subsidy {command}", "saved to {file}. Next: subsidy {command}"),
}
