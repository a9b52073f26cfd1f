"""Texts of the room: batch."""

MESSAGES: dict[str, tuple[str, str]] = {
    # the command
    "batch.help": (
        "批量测算：表格一行一个项目（CSV、Excel、JSON 行、Parquet），逐行给出各政策可得的支持。\n\n"
        "例：subsidy batch projects.csv -s 1.01 -s g07 -o result.xlsx\n\n"
        "例：subsidy batch 项目.xlsx --items loans=贷款.csv --wide -o 结果.csv",
        "A table of projects (CSV, Excel, JSON lines, Parquet; one a row) against schemes.\n\n"
        "Example: subsidy batch projects.csv -s 1.01 -s g07 -o result.xlsx\n\n"
        "Example: subsidy batch projects.xlsx --items loans=loans.csv --wide -o result.csv",
    ),
    "batch.source.help": (
        "项目表，或放着申报材料（模板、工作簿、TOML、JSON）的目录；- 为标准输入",
        "the table of projects, or a folder of applications (templates, workbooks, TOML, JSON); - reads standard input",
    ),
    "batch.output.help": (
        "结果文件（.csv .xlsx .jsonl .parquet）；不写则以 CSV 输出到屏幕",
        "the result (.csv .xlsx .jsonl .parquet); without it, CSV on standard output",
    ),
    "batch.scheme.help": ("只算这些政策（可重复）；不写则全部", "only these schemes (repeatable); all without it"),
    "batch.wide.help": (
        "一行一个项目：原有各列，再加每个政策的合计和状态；不写则一行一个支持项",
        "a row a project: its columns, then total and status of each scheme; else a row a benefit",
    ),
    "batch.benefits.help": (
        "与 --wide 合用：再列出每个支持项的金额和状态、选用的支持项",
        "with --wide: also amount and status of each benefit, and those chosen",
    ),
    "batch.plan.help": (
        "与 --wide 合用：末两列 best_total、prudent_total 为该项目按政策间规则可一起拿到的最多金额，和每笔支出只由一项支持时的最多（同 subsidy plan）",
        "with --wide: the columns best_total and prudent_total, the most the project can have together, and when each cost is supported once (as subsidy plan)",
    ),
    "batch.plan.enterprise": (
        "{fact} 把每行当作单独的项目，不能与 --enterprise-column 合用；同一企业的几个项目请一起规划：{accepted}",
        "{fact} takes each row by itself and does not go with --enterprise-column; plan the projects of one enterprise together: {accepted}",
    ),
    "batch.wide.only": ("{fact} 要与 {accepted} 合用", "{fact} goes with {accepted}"),
    "batch.items.help": (
        "明细表的文件，如 loans=loans.csv、loans=book.xlsx#贷款（可重复）",
        "a file with a list of records, such as loans=loans.csv or loans=book.xlsx#Sheet2 (repeatable)",
    ),
    "batch.id.help": ("哪一列是项目编号", "the column that names the project"),
    "batch.enterprise.help": ("哪一列是企业：企业上限按该企业各行累计", "the column of the enterprise, whose limits then hold over all its rows"),
    "batch.rejects.help": ("被拒清单写到哪里；不写则在结果旁边", "where the rejects go; beside the result without it"),
    "batch.only.rejects.help": (
        "TABLE 是改好的被拒清单：只算其中的行，按原行号接到 -o 所指的原结果里（政策、形式等沿用原结果）",
        "TABLE is a list of rejects, mended: only its rows are computed and joined, each in its old place, to the result at -o (whose options hold)",
    ),
    "batch.ignore.help": ("忽略不认识的列", "pass unknown columns over"),
    "batch.encoding.help": ("文本编码；不写则自动识别 UTF-8、GB18030", "the encoding of text; found out (UTF-8, GB18030) without it"),
    "batch.sheet.help": ("工作表名称", "the name of the sheet"),
    "batch.input.format.help": ("输入格式；不写则按内容", "the format of the input; by its content without it"),
    "batch.format.help": ("输出格式；不写则按后缀", "the format of the output; by suffix without it"),
    "batch.engine.help": (
        "columns：整列计算；explainer：全部逐行精算，用于核对；auto：行数少时逐行，否则整列。金额相同",
        "columns: by queries; explainer: every row by the explainer, to compare; auto: by row where there are few. Amounts are the same",
    ),
    "batch.budget.help": ("钱不够时每个项目发多少：全部资金，如 10亿元", "what each project is paid when money is short: all there is, such as 10亿元"),
    "batch.per.help": ("某个政策的资金，如 1.01=3亿元（可重复）", "the money of one scheme, such as 1.01=3亿元 (repeatable)"),
    "batch.per.form": ("应写作 政策=金额，如 1.01=3亿元", "SCHEME=AMOUNT, such as 1.01=3亿元"),
    "batch.cut.help": ("怎么减：pro-rata 按比例；rank 按名次", "how it is cut: pro-rata, or by rank"),
    "batch.rank.help": (
        "哪一列是名次，小的在先；写作 列名:down 则大的在先（如评分）",
        "the column that ranks projects, the smallest first; COLUMN:down for the largest first (a score)",
    ),
    "batch.last.help": ("按名次发到钱不够的那一个：cut 只发余额；leave-out 不发", "the one at which the money runs out: cut to what is left, or leave-out"),
    "batch.budget.only": ("{fact} 要与 {accepted} 合用", "{fact} goes with {accepted}"),
    "batch.budget.rank": ("按名次用 --cut rank --rank 列名；按比例不用 --rank", "--cut rank with --rank COLUMN; pro-rata without --rank"),
    "batch.budget.ranks": ("一列数字，或一列日期", "a column of numbers, or of dates"),
    "batch.budget.pro-rata": ("按比例", "pro rata"),
    "batch.budget.rank.rule": ("按名次", "by rank"),
    "batch.accepted": ("可接受：{accepted}", "accepted: {accepted}"),
    # headers
    "batch.header.unknown": ("表头“{fact}”不是任何事实。可接受：{accepted}", "the header “{fact}” is no fact. Accepted: {accepted}"),
    "batch.header.accepted": (
        "事实的编号、名称或别名，可在括号里写单位，如“固定资产投资（万元）”；加 --ignore-unknown 可忽略不认识的列",
        "the id, label or alias of a fact, a unit in brackets behind it, as in 固定资产投资（万元）; --ignore-unknown passes unknown columns over",
    ),
    "batch.header.others": ("；另有 {count} 列不认识：{others}", "; {count} more unknown: {others}"),
    "batch.note.unit": ("{column}（{unit}）", "{column} ({unit})"),
    "batch.note.units": ("按表题或单位行所写的单位读数：{columns}", "numbers read in the units that titles or the row of units state: {columns}"),
    "batch.unit.two": ("“{fact}”的单位说法不一：{value}。可接受：{accepted}", "the units said of “{fact}” differ: {value}. Accepted: {accepted}"),
    "batch.unit.not": (
        "表题写明单位是“{value}”，“{fact}”不能以此计。可接受：{accepted}",
        "the title says the unit is {value}, which “{fact}” cannot be in. Accepted: {accepted}",
    ),
    "batch.unit.head": (
        "表头“{fact}”里的单位“{value}”用不上。可接受：{accepted}",
        "the unit {value} in the header “{fact}” cannot be used. Accepted: {accepted}",
    ),
    "batch.unit.one": ("表题、表头、单位行里写同一个单位", "one unit in title, header and row of units"),
    "batch.header.list": ("“{fact}”是明细表。可接受：{accepted}", "“{fact}” is a list of records. Accepted: {accepted}"),
    "batch.items.how": ("单独的文件或工作表：--items {list}=文件.csv", "a file or sheet of its own: --items {list}=FILE.csv"),
    "batch.column.missing": ("{fact}：没有“{value}”这一列。可接受：{accepted}", "{fact}: there is no column “{value}”. Accepted: {accepted}"),
    "batch.column.accepted": ("表头之一：{columns}", "one of the headers: {columns}"),
    "batch.column.place": ("第 {place} 列", "column {place}"),
    "batch.spark.id": ("没有项目编号列，用 id_column 指定。可接受：{accepted}", "no column with the project; tell it with id_column. Accepted: {accepted}"),
    # files
    "batch.stdin": ("标准输入", "standard input"),
    "batch.failed": ("算不下去：{error}", "the run failed: {error}"),
    "batch.empty": ("{file}：没有表头，是空表", "{file}: no header, the table is empty"),
    "batch.unreadable": ("{file}：打不开（{error}）", "{file}: cannot be read ({error})"),
    "batch.encoding.not": (
        "{file} 不是 {encoding} 编码的文本；不写 --encoding 就自动识别，开头没有字节顺序标记的写 utf-16-le 或 utf-16-be",
        "{file} is no text in {encoding}; leave --encoding out and it is found, or say utf-16-le or utf-16-be where no mark tells the order",
    ),
    "batch.encoding.unknown": ("没有“{encoding}”这种编码；可用：{nearest}", "there is no encoding “{encoding}”; try: {nearest}"),
    "batch.sheet.none": ("{file} 不是工作簿，--sheet 用不上", "{file} is no workbook; --sheet does not apply"),
    "batch.encoding.none": ("{file} 不是文本表格，--encoding 用不上", "{file} is no table in text; --encoding does not apply"),
    "batch.folder.format.option": (
        "{folder} 是目录，其中每个文件按各自的格式读，--input-format 用不上",
        "{folder} is a folder, in which each file is read by its own form; --input-format does not apply",
    ),
    "batch.sheet.missing": ("{file} 里没有工作表“{sheet}”；有：{nearest}", "{file} has no sheet “{sheet}”; nearest: {nearest}"),
    "batch.headless": ("第 {line} 行：“{value}”所在的列没有表头", "line {line}: the column of “{value}” has no header"),
    "batch.row.long": ("有 {cells} 格，表头只有 {width} 列", "{cells} cell{cells:|s}, the header has {width}"),
    "batch.row.surplus": (
        "这一行原来格数多于表头：把各格放对，再清空 surplus 一格",
        "the row had more cells than the header: put each where it belongs and clear the cell surplus",
    ),
    "batch.row.broken": ("有不是 {encoding} 的字符；可用 --encoding 指定编码", "characters that are not {encoding}; --encoding tells the encoding"),
    "batch.row.quote": ("引号没有配对", "a quote is not closed"),
    "batch.folder.empty": ("{folder} 里没有申报材料；可读：{known} 等", "{folder} holds no applications; read are {known} and the like"),
    "batch.json": ("不是 JSON，第 {column} 个字符处：{error}", "not JSON, at character {column}: {error}"),
    "batch.json.object": ("每行应为一个项目 {{…}}", "each line must be one project {{…}}"),
    "batch.json.twice": ("“{name}”写了两次", "“{name}” stands there twice"),
    # records in files of their own
    "batch.items.accepted": ("明细表的编号，如 loans 或 loans.repayments", "the id of a list of records such as loans or loans.repayments"),
    "batch.items.above": ("同时给出 --items {list}=…", "--items {list}=… as well"),
    "batch.items.form": ("应写作 明细表=文件，如 loans=loans.csv 或 loans=book.xlsx#贷款", "LIST=FILE, such as loans=loans.csv or loans=book.xlsx#Sheet2"),
    "batch.items.document": (
        "{file} 是一份 {kind}，不是明细表：明细每行一条，各写上项目编号，用 CSV、xlsx、JSON 行或 Parquet；只有一个项目时，可直接写进项目文件",
        "{file} is one {kind} document, no table of records: give one record a row, each with its project, as CSV, xlsx, JSON lines or Parquet; "
        "of one project they may stand in the project file",
    ),
    "batch.items.project": ("{file}：没有项目编号列（用 --id-column 指定）", "{file}: no column with the project (tell it with --id-column)"),
    "batch.items.record": ("{file}：没有“{column}”列，不知属于第几项", "{file}: no column “{column}” to say which record a row belongs to"),
    "batch.items.no.id": (
        "{file}：没有项目编号列，明细无从对应（用 --id-column 指定）",
        "{file}: no project column to join records by (tell it with --id-column)",
    ),
    "batch.items.orphan": ("没有这个项目", "there is no such project"),
    "batch.items.alike": (
        "没有这个项目，也许是“{projects}”，只是写法不同；改成一致之前，这一项目不计算",
        "there is no such project, perhaps “{projects}”, written another way, which is not computed until they agree",
    ),
    "batch.items.stray": ("“{list}”里没有这一项", "“{list}” has no such record"),
    "batch.items.twice": ("项目编号重复（已用于第 {line} 行），明细不知归谁", "the project is on line {line} already; its records have two owners"),
    "batch.items.fraction": ("请写成小数", "write it as a decimal"),
    # rows joined to a result
    "join.only": ("{fact} 要用 -o 指明接到哪个结果。可接受：{accepted}", "{fact} takes the result to join to from -o. Accepted: {accepted}"),
    "join.output": ("-o 原结果文件", "-o RESULT, the file written before"),
    "join.format": (
        "{file}：被拒的行只能接到 {known} 的结果；请改好后全部重算",
        "{file}: rows are joined to {known} only; mend the table and run it all again",
    ),
    "join.named": (
        "{file} 里面是 {kind}，名字却不以 .{kind} 结尾：请把它（连同 .audit.json）改名后再接",
        "{file} holds {kind}, but its name does not end in .{kind}: rename it, and its .audit.json, before rows are joined",
    ),
    "join.changed": (
        "{file} 写出之后改动过，或不是这一版程序写的，不能接：请在原表里改好，全部重算",
        "{file} was changed after it was written, or is not of this version, and nothing is joined: mend the table and run it all again",
    ),
    "join.orphans": (
        "{file}：写出时有 {count} 行明细找不到项目，此后明细改动过；若有明细改归结果中已有的项目，那些行没有补算，请用原表全部重算",
        "{file}: when it was written, {count} record{count:|s} belonged to no project, and the lists have changed since: "
        "projects that it has already are not computed again; if records are theirs now, run the whole table again",
    ),
    "join.whole": (
        "{file} 的金额要看全部行（--budget 或 --enterprise-column），不能只接几行：请在原表里改好，全部重算",
        "the amounts in {file} depend on all rows (--budget or --enterprise-column): mend the table and run it all again",
    ),
    "join.basis": (
        "{file} 写出之后，{changes} 变了，新旧各行依据不同，不能接：请在原表里改好，全部重算",
        "since {file} was written, {changes} changed: mend the table and run it all again",
    ),
    "join.program": ("程序版本", "the program"),
    "join.lpr": ("利率表", "the table of rates"),
    "join.option": (
        "{fact} 与 --only-rejects 不能合用，或与原结果不同。可接受：{accepted}",
        "{fact} does not go with --only-rejects, or differs from the result. Accepted: {accepted}",
    ),
    "join.leave": ("不写，沿用原结果的", "leave it out: the result's own holds"),
    "join.no.rejects": (
        "{file} 不是 subsidy batch 写的被拒清单（没有 line、reason、row 三列），不知接到哪一行",
        "{file} is no list of rejects that subsidy batch wrote (no columns line, reason, row): where its rows belong is not known",
    ),
    "join.number": (
        "{file} 第 {line} 行：row“{value}”不是原来的行号，不知接到哪一行；新增的项目请写进原表，全部重算",
        "{file} line {line}: row “{value}” is no number of a row; put new projects into the table and run it all again",
    ),
    "join.twice": ("{file} 第 {line} 行：row {row} 与第 {other} 行重复", "{file} line {line}: row {row} is on line {other} already"),
    "join.columns": (
        "被拒清单里没有原结果 {file} 的列“{column}”：请保留原表的各列",
        "the list of rejects lacks the column “{column}” of {file}: keep the columns of the table",
    ),
    "join.columns.more": ("被拒清单里多了原结果 {file} 没有的列：{columns}", "the list of rejects has columns that {file} has not: {columns}"),
    "join.value": (
        "{file} 的列“{column}”是 {type}，改好的值或其中的值放不进去：请在原表里改好，全部重算",
        "the column “{column}” of {file} holds {type}, which a value is not: mend the table and run it all again",
    ),
    # outputs
    "batch.output.format": ("{file}：不知写成什么格式；后缀可用 {known}", "{file}: no known format; suffixes: {known}"),
    "batch.output.stdout": ("工作簿不能写到标准输出，请用 -o 文件.xlsx", "a workbook cannot go to standard output; use -o FILE.xlsx"),
    "batch.output.folder": ("{file}：目录 {folder} 不存在或不可写", "{file}: the folder {folder} is not there or not writable"),
    "batch.output.is.folder": ("{file} 是目录", "{file} is a folder"),
    "batch.output.input": ("{file} 就是输入文件，不能覆盖", "{file} is the input; it is not overwritten"),
    "batch.output.inside": (
        "{file} 在申报材料目录 {folder} 里，下次会被当作申报材料；请写到别处",
        "{file} is within the folder of applications {folder} and would be read as one next time; write it elsewhere",
    ),
    "batch.output.rows": (
        "结果有 {rows} 行，一张工作表最多 {most} 行。请改写成 CSV 或 Parquet（-o 文件.csv），或用 -s 只选几个政策，或用 --wide",
        "the result has {rows} row{rows:|s}, a sheet holds {most}. Write CSV or Parquet (-o FILE.csv), choose schemes with -s, or use --wide",
    ),
    "batch.output.twice": (
        "结果会有两列都叫“{column}”（输入的列、政策或支持项同名）。请改输入表的表头或政策、支持项的编号；输入的列与结果同名时，也可去掉 --wide",
        "the result would have two columns “{column}” (a column of the input, a scheme, a benefit). Give one another name, "
        "or, if it is a column of the input, leave --wide out",
    ),
    "batch.output.columns": (
        "结果有 {columns} 列，一张工作表最多 {most} 列。请改写成 CSV 或 Parquet，或用 -s 只选几个政策",
        "the result has {columns} column{columns:|s}, a sheet holds {most}. Write CSV or Parquet, or choose schemes with -s",
    ),
    "batch.output.cell": (
        "第 {row} 行有单元格超过 {most} 字，工作簿放不下；请改写成 CSV",
        "row {row} has a cell of more than {most} characters; write CSV",
    ),
    # limits over rows
    "batch.enterprise.left": (
        "同一企业前面的行已用去上限，本行因此少 {cut} 元",
        "earlier rows of this enterprise used the limit; this row gets {cut} yuan less",
    ),
    "batch.engine.failed": ("按列计算时数字溢出", "a number overflowed in the query"),
    "batch.engine.refused": ("查询引擎不接受这项的查询：{error}", "the query engine does not take its query: {error}"),
    "batch.engine.rows": ("个别行", "single rows"),
    # progress and summary
    "batch.phase.read": ("读取", "reading"),
    "batch.phase.compute": ("计算", "computing"),
    "batch.progress": ("{phase} {share}{rows} 行，{seconds} 秒", "{phase} {share}{rows} row{rows:|s}, {seconds} s"),
    "batch.reject": ("{file}第 {line} 行 {column}“{value}”：{reason}", "{file}line {line} {column} “{value}”: {reason}"),
    "batch.reject.file": ("{file}：{reason}", "{file}: {reason}"),
    "batch.note.titles": (
        "表头在第 {line} 行，上面 {count} 行标题未读",
        "the header is on line {line}; {count} title {count:row above it was|rows above it were} passed over",
    ),
    "batch.note.scans": (
        "不是申报表、未读的文件 {count} 个：{files}",
        "{count} {count:file that is no application was|files that are no applications were} not read: {files}",
    ),
    "batch.note.odd": ("请核对“{column}”{at}（共 {count} 处）：{said}", "please check “{column}”, {at} ({count} in all): {said}"),
    "batch.note.loan": ("请核对{at}（只说第一处）：{said}", "please check {at} (only the first is told): {said}"),
    "batch.note.blank": ("跳过空行 {count} 行", "{count} blank row{count:|s} passed over"),
    "batch.note.remarks": ("跳过以 # 开头的说明 {count} 行", "{count} {count:remark (a row that begins|remarks (rows that begin} with #) passed over"),
    "batch.note.short": (
        "{count} 行格数少于表头，缺的格按未填处理（第 {lines} 行）",
        "{count} {count:row has|rows have} fewer cells than the header; those missing count as not given (lines {lines})",
    ),
    "batch.note.ignored": ("未用的列：{columns}", "columns not used: {columns}"),
    "batch.note.sheet": ("工作表“{sheet}”读作明细“{list}”", "the sheet “{sheet}” was read as the list “{list}”"),
    "batch.note.beside": ("同目录的 {file} 读作明细“{list}”", "{file} beside the table was read as the list “{list}”"),
    "batch.note.orphans": (
        "{file} 有 {count} 行找不到项目，未计入（见被拒的各行）",
        "{count} row{count:|s} of {file} {count:belongs|belong} to no project (see the rejects)",
    ),
    "batch.note.explainer": ("全部逐行精算", "every row computed by the explainer"),
    "batch.note.unheld": ("这些支持项的企业上限未按企业累计：{benefits}", "limits of an enterprise not held over rows: {benefits}"),
    "batch.note.not-yet": ("截至 {as_of} 尚未生效：{schemes}", "not yet in force on {as_of}: {schemes}"),
    "batch.note.expired": ("截至 {as_of} 已过有效期：{schemes}", "expired on {as_of}: {schemes}"),
    "batch.said.rows": ("读入 {rows} 行 = 输出 {written} 行 + 被拒 {rejected} 行", "{rows} row{rows:|s} in = {written} out + {rejected} rejected"),
    "batch.said.speed": ("用时 {seconds} 秒，每秒 {rate} 行", "{seconds} s, {rate} row{rate:|s} a second"),
    "batch.said.schemes": ("各政策合计（符合条件的行）：", "Totals by scheme (rows that are eligible):"),
    "batch.said.scheme": ("  {scheme}  {total} 元（{rows} 行）", "  {scheme}  {total} yuan ({rows} row{rows:|s})"),
    "batch.said.nobody": ("没有符合条件的行", "no row is eligible"),
    "batch.said.none": ("其余 {count} 个政策没有符合条件的行", "no row is eligible for the other {count:scheme|{count} schemes}"),
    "batch.said.best": ("最优组合合计：{total} 元", "best combinations together: {total} yuan"),
    "batch.note.unproved": (
        "{count} 行的 best_total 未能证明为最优（实际可能更高）",
        "best_total of {count} row{count:|s} could not be proved to be the most (there may be more)",
    ),
    "batch.said.cuts": ("同一企业多行累计，超出企业上限而减少：", "Cut by limits of an enterprise over its rows:"),
    "batch.said.cut": ("  {benefit}  减少 {cut} 元（{rows} 行）", "  {benefit}  {cut} yuan less ({rows} row{rows:|s})"),
    "batch.said.budget": (
        "资金{rule}分配：应得 {claimed} 元，实发 {paid} 元，少发 {cut} 元，涉及 {count} 个项目",
        "The money, {rule}: {claimed} yuan due, {paid} paid, {cut} cut, of {count} project{count:|s}",
    ),
    "batch.said.own": ("，资金 {budget} 元", ", budget {budget}"),
    "batch.said.share": (
        "  {scheme}  应得 {claimed} 元，实发 {paid} 元，{count} 个项目被减{own}",
        "  {scheme}  {claimed} yuan due, {paid} paid, {count} project{count:|s} cut{own}",
    ),
    "batch.said.most.cut": ("减得最多的：", "Cut most:"),
    "batch.said.less": ("  {project}  少 {cut} 元", "  {project}  {cut} yuan less"),
    "batch.said.fallbacks": ("逐行精算的支持项：", "Benefits computed row by row:"),
    "batch.said.fallback": ("  {benefit}  {count} 次  {reason}", "  {benefit}  {count} evaluation{count:|s}  {reason}"),
    "batch.said.rejects": ("被拒 {rejected} 行，逐条原因：{file}", "{rejected} row{rejected:|s} rejected; each reason: {file}"),
    "batch.said.below": ("如下（用 --rejects 文件 可全部写出）", "below (--rejects FILE writes them all)"),
    "batch.said.audit": ("依据（政策、版本、利率表、输入及校验码）：{file}", "what it rests on (schemes, editions, rates, input): {file}"),
    "verify.help": (
        "核对一份结果（批量测算、拨付清单、重复清单、改革测算）：按旁边的 .audit.json 记下的依据再算一遍，说明哪里不同。\n\n"
        "例：subsidy verify 结果.csv",
        "Computes a result (a batch, a payment list, duplicates, a reform) again, by the .audit.json beside it, and says what differs.\n\n"
        "Example: subsidy verify result.csv",
    ),
    "verify.result.help": ("结果文件", "the result"),
    "verify.missing": ("{file}：没有这个文件", "{file}: there is no such file"),
    "verify.broken": ("{file}：不是 subsidy 写在结果旁边的依据", "{file}: not what subsidy writes beside a result"),
    "verify.unreadable": ("{file}：不是完整的 {kind} 结果，读不了", "{file}: no whole result in {kind}, and cannot be read"),
    "verify.stdin": ("{file} 的输入来自标准输入，无从再算", "the input of {file} came from standard input and is gone"),
    "verify.input": ("{file}：输入文件不在了，无从再算", "{file}: the input is no longer there"),
    "verify.same": ("{file}：再算一遍，一字不差", "{file}: comes out again, the same in every cell"),
    "verify.differs": ("{file}：再算一遍，有 {rows} 行不同", "{file}: computed again, {rows} {rows:row differs|rows differ}"),
    "verify.differs.figures": ("{file}：再算一遍，有 {rows} 个数不同", "{file}: computed again, {rows} {rows:figure differs|figures differ}"),
    "verify.row": ("  第 {row} 行 {column}：文件里 {was}，再算 {now}", "  row {row} {column}: {was} in the file, {now} now"),
    "verify.change.program": ("程序版本：{was} → {now}", "program version: {was} → {now}"),
    "verify.change.input": ("输入已变：{name}", "the input has changed: {name}"),
    "verify.change.lpr": ("利率表已变", "the table of rates has changed"),
    "verify.change.facts": ("事实词典已变：{name}", "the dictionary of facts has changed: {name}"),
    "verify.change.rules": ("政策间规则已变：{name}", "the rules between schemes have changed: {name}"),
    "verify.change.scheme": ("政策已变：{name}", "the scheme has changed: {name}"),
    "verify.change.against": ("改后的政策文件已变：{name}", "a changed scheme file is not what it was: {name}"),
    "verify.figure": ("  {column}：文件里 {was}，再算 {now}", "  {column}: {was} in the file, {now} now"),
    "verify.change.result": ("结果文件在写出之后改动过：{name}", "the result was changed after it was written: {name}"),
    "batch.said.joined": (
        "已接到原结果 {file}：现有 {written} 行，仍缺 {left} 行；以上各项合计是全部结果的",
        "joined to {file}, which now has {written} row{written:|s} and lacks {left}; the sums above are those of the whole result",
    ),
    "batch.said.known": ("{count} 行已在原结果里，未再计入", "{count} {count:row was|rows were} in the result already and {count:was|were} not counted again"),
    "batch.said.output": ("结果：{file}", "result: {file}"),
}
