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
    "batch.source.help": ("项目表；- 为标准输入", "the table of projects; - reads standard input"),
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
    "batch.benefits.wide": ("--benefits 要与 --wide 合用", "--benefits goes with --wide"),
    "batch.items.help": (
        "明细表的文件，如 loans=loans.csv、loans=book.xlsx#贷款（可重复）",
        "a file with a list of records, such as loans=loans.csv or loans=book.xlsx#Sheet2 (repeatable)",
    ),
    "batch.id.help": ("哪一列是项目编号", "the column that names the project"),
    "batch.enterprise.help": ("哪一列是企业：企业上限按该企业各行累计", "the column of the enterprise, whose limits then hold over all its rows"),
    "batch.rejects.help": ("被拒清单写到哪里；不写则在结果旁边", "where the rejects go; beside the result without it"),
    "batch.ignore.help": ("忽略不认识的列", "pass unknown columns over"),
    "batch.encoding.help": ("文本编码；不写则自动识别 UTF-8、GB18030", "the encoding of text; found out (UTF-8, GB18030) without it"),
    "batch.sheet.help": ("工作表名称", "the name of the sheet"),
    "batch.input.format.help": ("输入格式；不写则按后缀和内容", "the format of the input; by suffix and content without it"),
    "batch.format.help": ("输出格式；不写则按后缀", "the format of the output; by suffix without it"),
    "batch.engine.help": ("explainer：全部逐行精算，用于核对", "explainer: every row by the explainer, to compare"),
    "batch.accepted": ("可接受：{accepted}", "accepted: {accepted}"),
    # headers
    "batch.header.unknown": ("表头“{fact}”不是任何事实。可接受：{accepted}", "the header “{fact}” is no fact. Accepted: {accepted}"),
    "batch.header.accepted": (
        "事实的编号、名称或别名，可在括号里写单位，如“固定资产投资（万元）”；加 --ignore-unknown 可忽略不认识的列",
        "the id, label or alias of a fact, a unit in brackets behind it, as in 固定资产投资（万元）; --ignore-unknown passes unknown columns over",
    ),
    "batch.header.others": ("；另有 {count} 列不认识：{others}", "; {count} more unknown: {others}"),
    "batch.header.list": ("“{fact}”是明细表。可接受：{accepted}", "“{fact}” is a list of records. Accepted: {accepted}"),
    "batch.items.how": ("单独的文件或工作表：--items {list}=文件.csv", "a file or sheet of its own: --items {list}=FILE.csv"),
    "batch.column.missing": ("{fact}：没有“{value}”这一列。可接受：{accepted}", "{fact}: there is no column “{value}”. Accepted: {accepted}"),
    "batch.column.accepted": ("表头之一：{columns}", "one of the headers: {columns}"),
    "batch.column.place": ("第 {place} 列", "column {place}"),
    # files
    "batch.stdin": ("标准输入", "standard input"),
    "batch.failed": ("算不下去：{error}", "the run failed: {error}"),
    "batch.empty": ("{file}：没有表头，是空表", "{file}: no header, the table is empty"),
    "batch.unreadable": ("{file}：打不开（{error}）", "{file}: cannot be read ({error})"),
    "batch.encoding.unknown": ("没有“{encoding}”这种编码；可用：{nearest}", "there is no encoding “{encoding}”; try: {nearest}"),
    "batch.sheet.none": ("{file} 不是工作簿，--sheet 用不上", "{file} is no workbook; --sheet does not apply"),
    "batch.sheet.missing": ("{file} 里没有工作表“{sheet}”；有：{nearest}", "{file} has no sheet “{sheet}”; nearest: {nearest}"),
    "batch.headless": ("{file} 第 {line} 行：“{value}”所在的列没有表头", "{file} line {line}: the column of “{value}” has no header"),
    "batch.row.long": ("有 {cells} 格，表头只有 {width} 列", "{cells} cells, the header has {width}"),
    "batch.row.broken": ("有不是 {encoding} 的字符；可用 --encoding 指定编码", "characters that are not {encoding}; --encoding tells the encoding"),
    "batch.row.quote": ("引号没有配对", "a quote is not closed"),
    "batch.percent.cell": (
        "表头注明 %，单元格却是不大于 1 的数：请写成 0.85% 或 85%，或去掉表头里的 %",
        "the header says %, the cell holds a number up to 1: write 0.85% or 85%, or take the % off the header",
    ),
    "batch.json": ("第 {column} 个字符处不是 JSON：{error}", "not JSON at character {column}: {error}"),
    "batch.json.value": ("不能用的值：{error}", "a value that cannot be used: {error}"),
    "batch.json.object": ("每行应为一个项目 {{…}}", "each line must be one project {{…}}"),
    "batch.json.twice": ("“{name}”写了两次", "“{name}” stands there twice"),
    # records in files of their own
    "batch.items.accepted": ("明细表的编号，如 loans 或 loans.repayments", "the id of a list of records such as loans or loans.repayments"),
    "batch.items.above": ("同时给出 --items {list}=…", "--items {list}=… as well"),
    "batch.items.form": ("应写作 明细表=文件，如 loans=loans.csv 或 loans=book.xlsx#贷款", "LIST=FILE, such as loans=loans.csv or loans=book.xlsx#Sheet2"),
    "batch.items.project": ("{file}：没有项目编号列（用 --id-column 指定）", "{file}: no column with the project (tell it with --id-column)"),
    "batch.items.record": ("{file}：没有“{column}”列，不知属于第几项", "{file}: no column “{column}” to say which record a row belongs to"),
    "batch.items.no.id": (
        "{file}：没有项目编号列，明细无从对应（用 --id-column 指定）",
        "{file}: no project column to join records by (tell it with --id-column)",
    ),
    "batch.items.fault": ("{file} 第 {line} 行读不出是哪个项目的：{reason}", "{file} line {line}: cannot tell whose it is: {reason}"),
    "batch.items.orphan": ("没有这个项目", "there is no such project"),
    "batch.items.stray": ("{list} 里没有这一项", "{list} has no such record"),
    "batch.items.twice": ("项目编号重复（已用于第 {line} 行），明细不知归谁", "the project is on line {line} already; its records have two owners"),
    "batch.items.fraction": ("请写成小数", "write it as a decimal"),
    # outputs
    "batch.output.format": ("{file}：不知写成什么格式；后缀可用 {known}", "{file}: no known format; suffixes: {known}"),
    "batch.output.stdout": ("工作簿不能写到标准输出，请用 -o 文件.xlsx", "a workbook cannot go to standard output; use -o FILE.xlsx"),
    "batch.output.folder": ("{file}：目录 {folder} 不存在或不可写", "{file}: the folder {folder} is not there or not writable"),
    "batch.output.is.folder": ("{file} 是目录", "{file} is a folder"),
    "batch.output.input": ("{file} 就是输入文件，不能覆盖", "{file} is the input; it is not overwritten"),
    "batch.output.rows": (
        "结果有 {rows} 行，一张工作表最多 {most} 行。请改写成 CSV 或 Parquet（-o 文件.csv），或用 -s 只选几个政策，或用 --wide",
        "the result has {rows} rows, a sheet holds {most}. Write CSV or Parquet (-o FILE.csv), choose schemes with -s, or use --wide",
    ),
    "batch.output.columns": (
        "结果有 {columns} 列，一张工作表最多 {most} 列。请改写成 CSV 或 Parquet，或用 -s 只选几个政策",
        "the result has {columns} columns, a sheet holds {most}. Write CSV or Parquet, or choose schemes with -s",
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
    # progress and summary
    "batch.phase.read": ("读取", "reading"),
    "batch.phase.compute": ("计算", "computing"),
    "batch.progress": ("{phase} {share}{rows} 行，{seconds} 秒", "{phase} {share}{rows} rows, {seconds} s"),
    "batch.reject": ("{file}第 {line} 行 {column}“{value}”：{reason}", "{file}line {line} {column} “{value}”: {reason}"),
    "batch.note.titles": ("表头在第 {line} 行，上面 {count} 行标题未读", "the header is on line {line}; {count} title rows above it were passed over"),
    "batch.note.blank": ("跳过空行 {count} 行", "{count} blank rows passed over"),
    "batch.note.remarks": ("跳过以 # 开头的说明 {count} 行", "{count} remarks (rows that begin with #) passed over"),
    "batch.note.short": (
        "{count} 行格数少于表头，缺的格按未填处理（第 {lines} 行）",
        "{count} rows have fewer cells than the header; those missing count as not given (lines {lines})",
    ),
    "batch.note.ignored": ("未用的列：{columns}", "columns not used: {columns}"),
    "batch.note.sheet": ("工作表“{sheet}”读作明细 {list}", "the sheet “{sheet}” was read as {list}"),
    "batch.note.orphans": ("{file} 有 {count} 行找不到项目（见被拒清单）", "{count} rows of {file} belong to no project (see the rejects)"),
    "batch.note.unheld": ("这些支持项的企业上限未按企业累计：{benefits}", "limits of an enterprise not held over rows: {benefits}"),
    "batch.note.not-yet": ("截至 {as_of} 尚未生效：{schemes}", "not yet in force on {as_of}: {schemes}"),
    "batch.note.expired": ("截至 {as_of} 已过有效期：{schemes}", "expired on {as_of}: {schemes}"),
    "batch.said.rows": ("读入 {rows} 行 = 输出 {written} 行 + 被拒 {rejected} 行", "{rows} rows in = {written} out + {rejected} rejected"),
    "batch.said.speed": ("用时 {seconds} 秒，每秒 {rate} 行", "{seconds} s, {rate} rows a second"),
    "batch.said.schemes": ("各政策合计（符合条件的行）：", "Totals by scheme (rows that are eligible):"),
    "batch.said.scheme": ("  {scheme}  {total} 元（{rows} 行）", "  {scheme}  {total} yuan ({rows} rows)"),
    "batch.said.none": ("其余 {count} 个政策没有符合条件的行", "no row is eligible for the other {count} schemes"),
    "batch.said.cuts": ("同一企业多行累计，超出企业上限而减少：", "Cut by limits of an enterprise over its rows:"),
    "batch.said.cut": ("  {scheme} {benefit}  减少 {cut} 元（{rows} 行）", "  {scheme} {benefit}  {cut} yuan less ({rows} rows)"),
    "batch.said.fallbacks": ("逐行精算的支持项：", "Benefits computed row by row:"),
    "batch.said.fallback": ("  {scheme} {benefit}  {count} 次  {reason}", "  {scheme} {benefit}  {count} evaluations  {reason}"),
    "batch.said.rejects": ("被拒 {rejected} 行，逐条原因：{file}", "{rejected} rows rejected; each reason: {file}"),
    "batch.said.below": ("如下（用 --rejects 文件 可全部写出）", "below (--rejects FILE writes them all)"),
    "batch.said.output": ("结果：{file}", "result: {file}"),
}
