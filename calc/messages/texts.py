"""Texts of the room: the user's policy texts (reading, library, quotes, check, comparison)."""

MESSAGES: dict[str, tuple[str, str]] = {
    "texts.help": (
        "原文库：读入自己手里的政策文件（PDF、Word、网页、文本），在金额旁引用原句，逐个数字核对政策文件与原文。\n\n"
        "例：subsidy texts add 导引.pdf，再 subsidy texts check",
        "The library of your own policy texts (PDF, Word, HTML, text): the sentence beside each amount, each figure checked against it.\n\n"
        "Example: subsidy texts add guide.pdf, then subsidy texts check",
    ),
    "texts.add.help": (
        "读入文件，认出其中的卡片、条款和页码；同名文件以新换旧。\n\n例：subsidy texts add 导引.pdf 申报通知.docx",
        "Read files in; cards, clauses and pages are recognised. A file of the same name replaces the old one.\n\nExample: subsidy texts add guide.pdf",
    ),
    "texts.list.help": ("列出原文库里的文件。", "The files in the library."),
    "texts.search.help": (
        "在原文里查找，几个词须同时出现。\n\n例：subsidy texts search 贴息 LPR",
        "Find clauses that hold all words.\n\nExample: subsidy texts search 贴息 LPR",
    ),
    "texts.remove.help": ("从原文库中移除文件（原文件不动）。", "Take files out of the library (the files themselves stay)."),
    "texts.check.help": (
        "逐个核对政策文件（TOML）里的数字：所引条款中有、同一卡片别处有、补充依据中有，还是原文中没有。不指明政策则核对全部。\n\n例：subsidy texts check 1.01",
        "Check each figure of scheme files against the clause cited: found there, elsewhere on the card, in the supplement, or not at all. "
        "All schemes, if none is named.\n\nExample: subsidy texts check 1.01",
    ),
    "texts.diff.help": (
        "比较同一文件的新旧两版：哪些条款、哪些数字变了，哪些政策文件要复核。\n\n例：subsidy texts diff 旧版.pdf 新版.pdf",
        "Two editions of a text: which clauses and figures changed, which scheme files need a look.\n\nExample: subsidy texts diff old.pdf new.pdf",
    ),
    "texts.file.help": ("PDF、docx、HTML 或文本文件", "PDF, docx, HTML or text file"),
    "texts.words.help": ("要找的词", "words to find"),
    "texts.name.help": ("文件名，或其开头", "file name, or its beginning"),
    "texts.scheme.help": ("政策编号（前几位即可）或 TOML 文件", "scheme id (a prefix will do) or TOML file"),
    "texts.all.help": ("列出每个数字，不只列有疑问的", "list every figure, not only those in doubt"),
    "texts.limit.help": ("最多列几条", "how many at most"),
    "texts.old.help": ("旧版文件", "the old edition"),
    "texts.new.help": ("新版文件", "the new edition"),
    # reading
    "texts.large": ("{file}：文件太大，最多 {most} MB", "{file}: too large, {most} MB at most"),
    "texts.pages": ("{file}：页数太多，最多 {most} 页", "{file}: too many pages, {most} at most"),
    "texts.unreadable": ("{file}：读不了（{error}）", "{file}: cannot be read ({error})"),
    "texts.old.word": ("{file}：旧式 Word（.doc）或加密文件读不了，请另存为 .docx 或 PDF", "{file}: an old .doc or a locked file; save it as .docx or PDF"),
    "texts.encoding": ("{file}：不是 UTF-8 或 GB18030 文本", "{file}: neither UTF-8 nor GB18030 text"),
    "texts.empty": ("{file}：没有文字", "{file}: holds no text"),
    "texts.scanned": ("{file}：PDF 里没有文字，可能是扫描件，请先做文字识别（OCR）", "{file}: no text in the PDF, it may be a scan; run OCR first"),
    "texts.locked": ("{file}：PDF 有密码，请先去掉密码", "{file}: the PDF has a password; remove it first"),
    "texts.broken": ("{file}：文件已损坏或格式不对（{error}）", "{file}: damaged or of another format ({error})"),
    "texts.nothing": (
        "{file}：没有认出政策内容。找过：卡片（“依据文件”“服务内容”）、文号（如 京发改规〔2023〕12号）、"
        "标题（关于…的通知、…办法）、条款编号（一、（一）1．（1）第三条 方向7）",
        "{file}: nothing recognised. Looked for: cards (依据文件, 服务内容), document numbers (京发改规〔2023〕12号), "
        "titles (关于…的通知, …办法), headings (一、（一）1．（1）第三条 方向7)",
    ),
    "texts.scheme": ("{file}：不是政策文件（[source]、[[benefits]]、[[group_caps]]）", "{file}: no scheme file ([source], [[benefits]], [[group_caps]])"),
    "texts.library.version": ("{file}：原文库由另一版本建立，请移走后重新 texts add", "{file}: made by another version; move it away and add the texts again"),
    "texts.library.broken": ("{file}：原文库打不开（{error}）", "{file}: the library cannot be opened ({error})"),
    "texts.off": (
        "缓存已关闭（SUBSIDY_CACHE），没有地方存原文；可用 SUBSIDY_TEXTS 指定文件",
        "the cache is off (SUBSIDY_CACHE), so there is no place for texts; name a file in SUBSIDY_TEXTS",
    ),
    "texts.none": ("原文库是空的；用 subsidy texts add 文件 读入", "the library is empty; subsidy texts add FILE"),
    "texts.unknown": ("原文库里没有 {value}；有：{accepted}", "{value} is not in the library; there is: {accepted}"),
    "texts.guide": ("{count} 张卡片", "{count} card{count:|s}"),
    "texts.unnamed": ("（无标题）", "(no title)"),
    # answers
    "texts.added": ("{file}：{title}，{clauses} 个条款", "{file}: {title}, {clauses} clause{clauses:|s}"),
    "texts.added.pages": ("，{pages} 页", ", {pages} page{pages:|s}"),
    "texts.removed": ("已移除 {file}", "removed {file}"),
    "texts.page": ("第 {page} 页", "page {page}"),
    "texts.nothing.found": ("没有找到", "nothing found"),
    "texts.quote.head": ("原文", "Text"),
    "texts.quote.missing": ("原文中找不到该条款", "the clause is not found in the text"),
    "texts.check.shared": ("卡片上有：{where}", "on the card: {where}"),
    "texts.check.found": ("所引条款中有", "in the clause"),
    "texts.check.elsewhere": ("同一卡片别处：{where}", "elsewhere on the card: {where}"),
    "texts.check.supplement": ("补充依据中有：{where}", "in the supplement: {where}"),
    "texts.check.remarked": ("原文没有，文件注明：{remark}", "not in the text; the file says: {remark}"),
    "texts.check.absent": ("原文中没有", "not in the text"),
    "texts.check.no-text": ("原文库里没有这项政策的原文", "no text of this scheme in the library"),
    "texts.check.sum": (
        "{figures} 个数字：{found} 个在所引条款中，{elsewhere} 个在同一卡片别处，{supplement} 个在补充依据中，{remarked} 个由文件注明，{absent} 个原文中没有",
        "{figures} figure{figures:|s}: {found} in the clause cited, {elsewhere} elsewhere on the card, {supplement} in the supplement, "
        "{remarked} explained in the file, {absent} not in the text",
    ),
    "texts.check.lacking": ("{count} 项政策没有原文：{schemes}", "{count} {count:scheme has|schemes have} no text: {schemes}"),
    "texts.diff.same": ("两版条款相同", "both editions say the same"),
    "texts.diff.head": ("开头", "the beginning"),
    "texts.diff.changed": ("改动", "changed"),
    "texts.diff.added": ("新增", "added"),
    "texts.diff.removed": ("删去", "removed"),
    "texts.diff.figures": ("数字 {old} → {new}", "figures {old} → {new}"),
    "texts.diff.schemes": ("要复核的政策文件：{schemes}", "scheme files to look at: {schemes}"),
    "texts.diff.noschemes": ("没有政策文件出自改动之处", "no scheme file comes from what changed"),
}
