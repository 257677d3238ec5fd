#include "core/base/ini.h"

#include <limits.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"

enum { ENTRIES_MAX = 64 * 1024, DEFAULTS_MAX = 1000, ARENA_CAP = 16 * 1024 * 1024, DEFAULTS = 0 };

struct draft_section {
    const char *name;
    int line;
};

struct draft_entry {
    struct ini_entry entry;
    size_t section;
};

/* Sections and entries as they come; section 0 is [DEFAULT], which may be opened again and again
 * and is no section of its own in the end. */
struct parser {
    const char *where;
    int line;
    struct ini *out;
    struct draft_section *sections;
    size_t section_count;
    size_t section_size;
    struct draft_entry *entries;
    size_t entry_count;
    size_t entry_size;
    size_t current;    /* the section that is open */
    bool has_section;  /* false until the first header */
    bool has_key;      /* a continuation line may follow */
    size_t indent;     /* of the line that a continuation must exceed */
    size_t blanks;     /* empty lines since; they count if the value goes on */
    char *at;          /* the NUL behind the last text in the store */
    char *children_at; /* likewise for nested maps, in the store's second half */
};

/* What Python's str.strip takes off. */
static bool is_space(uint32_t c)
{
    return (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= ' ') || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Where Python's str.splitlines breaks. */
static bool is_break(uint32_t c)
{
    return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

static struct sv trim_left(struct sv text, size_t *taken)
{
    *taken = 0;
    while (text.len > 0) {
        struct sv next = text;

        if (!is_space(utf8_next(&next)))
            break;
        text = next;
        (*taken)++;
    }
    return text;
}

static struct sv trim_right(struct sv text)
{
    while (text.len > 0) {
        size_t start = text.len - 1;
        struct sv last;

        while (start > 0 && ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
            start--;
        last = sv_drop(text, start);
        if (!is_space(utf8_next(&last)))
            break;
        text.len = start;
    }
    return text;
}

static struct sv trim(struct sv text)
{
    size_t taken;

    return trim_right(trim_left(text, &taken));
}

static enum err_code fail(const struct parser *p, int line, const char *what, struct err *err)
{
    return err_set(err, ERR_CONFIG, "%s, line %d: %s", p->where, line, what);
}

/* Python's universal newlines: \n, \r\n and a lone \r. */
static struct sv take_line(struct sv *rest)
{
    struct sv line = *rest;
    size_t len = 0;
    size_t end;

    while (len < line.len && line.ptr[len] != '\n' && line.ptr[len] != '\r')
        len++;
    end = len < line.len ? len + 1 : len;
    if (len + 1 < line.len && line.ptr[len] == '\r' && line.ptr[len + 1] == '\n')
        end++;
    *rest = sv_drop(line, end);
    return sv_take(line, len);
}

/* Append text to what *at ends; the store was made large enough for all of it. */
static void store_add(char **at, struct sv text)
{
    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    **at = '\0';
}

static char *store_new(char **at, struct sv text)
{
    char *start = ++*at;

    store_add(at, text);
    return start;
}

/* Room for one more element in a growing array; its new place, or NULL. */
static void *grow(void *items, size_t count, size_t *size, size_t item_size)
{
    size_t wanted = *size > 0 ? *size * 2 : 32;
    void *grown;

    if (count < *size)
        return items;
    grown = mem_resize(items, wanted, item_size);
    if (grown != NULL)
        *size = wanted;
    return grown;
}

static enum err_code add_section(struct parser *p, struct sv name, struct err *err)
{
    struct draft_section *grown =
        grow(p->sections, p->section_count, &p->section_size, sizeof *p->sections);

    if (grown == NULL)
        return mem_err(err);
    p->sections = grown;
    p->sections[p->section_count] =
        (struct draft_section){.name = store_new(&p->at, name), .line = p->line};
    p->current = p->section_count++;
    return ERR_OK;
}

static enum err_code on_header(struct parser *p, struct sv name, struct err *err)
{
    p->has_section = true;
    p->has_key = false;
    if (sv_eq(name, SV("DEFAULT"))) {
        p->current = DEFAULTS;
        return ERR_OK;
    }
    return add_section(p, name, err);
}

static enum err_code on_key(struct parser *p, struct sv text, struct err *err)
{
    struct draft_entry *grown;
    size_t len = 0;
    struct sv key;
    char *lower;

    while (len < text.len && text.ptr[len] != '=' && text.ptr[len] != ':')
        len++;
    if (len == text.len)
        return fail(p, p->line, "expected \"key = value\" or \"[section]\"", err);
    key = trim_right(sv_take(text, len));
    if (key.len == 0)
        return fail(p, p->line, "there is no key before the sign", err);
    if (p->entry_count >= ENTRIES_MAX)
        return fail(p, p->line, "the file has more keys than we accept", err);
    grown = grow(p->entries, p->entry_count, &p->entry_size, sizeof *p->entries);
    if (grown == NULL)
        return mem_err(err);
    p->entries = grown;
    lower = store_new(&p->at, key);
    for (char *c = lower; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    p->entries[p->entry_count++] = (struct draft_entry){
        .section = p->current,
        .entry = {.key = lower,
                  .value = store_new(&p->at, trim(sv_drop(text, len + 1))),
                  .line = p->line},
    };
    p->has_key = true;
    return ERR_OK;
}

/* The name between '[' and the last ']' of the line; false when it is no header. */
static bool header_name(struct sv text, struct sv *name)
{
    size_t end = text.len;

    if (text.len == 0 || text.ptr[0] != '[')
        return false;
    while (end > 0 && text.ptr[end - 1] != ']')
        end--;
    if (end < 3)
        return false;
    *name = sv_make(text.ptr + 1, end - 2);
    return true;
}

static enum err_code on_line(struct parser *p, struct sv line, struct err *err)
{
    size_t indent;
    struct sv text = trim_right(trim_left(line, &indent));
    struct sv name;

    if (text.len == 0) {
        p->blanks++;
        return ERR_OK;
    }
    if (text.ptr[0] == '#' || text.ptr[0] == ';')
        return ERR_OK;
    if (p->has_key && indent > p->indent) {
        for (p->blanks++; p->blanks > 0; p->blanks--)
            store_add(&p->at, SV("\n"));
        store_add(&p->at, text);
        return ERR_OK;
    }
    p->indent = indent;
    p->blanks = 0;
    if (header_name(text, &name))
        return on_header(p, name, err);
    if (!p->has_section)
        return fail(p, p->line, "a \"[section]\" line must come first", err);
    return on_key(p, text, err);
}

/* NUL would end our strings early, and a byte order mark would hide the first section's bracket. */
static enum err_code check_bytes(struct parser *p, struct sv text, struct err *err)
{
    int line = 1;

    if (text.len > INI_SIZE_MAX)
        return err_set(err, ERR_CONFIG, "%s is larger than 1 MiB", p->where);
    if (sv_starts(text, SV("\xef\xbb\xbf")))
        return fail(p, line,
                    "the file begins with a byte order mark, which the AWS CLI refuses as well; "
                    "save it without",
                    err);
    while (text.len > 0) {
        size_t before = text.len;
        uint32_t c = utf8_next(&text);

        if (c == 0)
            return fail(p, line, "there is a NUL byte; this is not a text file", err);
        if (c == 0xfffd && before - text.len == 1)
            return fail(p, line, "the text is not UTF-8", err);
        if (c == '\n' || (c == '\r' && (text.len == 0 || text.ptr[0] != '\n')))
            line++;
    }
    return ERR_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct draft_section *x = *(struct draft_section *const *)a;
    const struct draft_section *y = *(struct draft_section *const *)b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static int by_key(const void *a, const void *b)
{
    const struct draft_entry *x = *(struct draft_entry *const *)a;
    const struct draft_entry *y = *(struct draft_entry *const *)b;
    int order = (x->section > y->section) - (x->section < y->section);

    if (order == 0)
        order = strcmp(x->entry.key, y->entry.key);
    return order != 0 ? order : (x->entry.line > y->entry.line) - (x->entry.line < y->entry.line);
}

/* Sorted, because comparing each with each would take minutes on a hostile file. */
static enum err_code check_sections(struct parser *p, struct err *err)
{
    struct draft_section **order = mem_array(p->section_count, sizeof(struct draft_section *));
    enum err_code rc = ERR_OK;

    if (order == NULL)
        return mem_err(err);
    for (size_t i = 0; i < p->section_count; i++)
        order[i] = &p->sections[i];
    qsort(order, p->section_count, sizeof(struct draft_section *), by_name);
    for (size_t i = 1; i < p->section_count && rc == ERR_OK; i++) {
        if (strcmp(order[i - 1]->name, order[i]->name) == 0)
            rc = err_set(err, ERR_CONFIG, "%s, line %d: section [%s] is there already, in line %d",
                         p->where, order[i]->line, order[i]->name, order[i - 1]->line);
    }
    mem_free(order);
    return rc;
}

static enum err_code check_keys(struct parser *p, struct err *err)
{
    struct draft_entry **order = mem_array(p->entry_count, sizeof(struct draft_entry *));
    enum err_code rc = ERR_OK;

    if (order == NULL)
        return mem_err(err);
    for (size_t i = 0; i < p->entry_count; i++)
        order[i] = &p->entries[i];
    qsort(order, p->entry_count, sizeof(struct draft_entry *), by_key);
    for (size_t i = 1; i < p->entry_count && rc == ERR_OK; i++) {
        const struct draft_entry *a = order[i - 1];
        const struct draft_entry *b = order[i];

        if (a->section == b->section && strcmp(a->entry.key, b->entry.key) == 0)
            rc = err_set(err, ERR_CONFIG, "%s, line %d: the same key is there already, in line %d",
                         p->where, b->entry.line, a->entry.line);
    }
    mem_free(order);
    return rc;
}

static struct sv take_nested_line(struct sv *rest)
{
    struct sv line = *rest;

    while (rest->len > 0) {
        size_t len = line.len - rest->len;

        if (is_break(utf8_next(rest)))
            return trim(sv_take(line, len));
    }
    return trim(line);
}

/* `s3 =` and indented `key = value` lines below it. */
static enum err_code parse_nested(struct parser *p, struct ini_entry *entry, size_t *total,
                                  struct err *err)
{
    struct sv rest = sv_of(entry->value);
    struct ini_entry *children;
    size_t lines = 0;
    size_t count = 0;

    while (rest.len > 0)
        lines += take_nested_line(&rest).len > 0;
    *total += lines;
    if (*total > ENTRIES_MAX)
        return fail(p, entry->line, "the file has more keys than we accept", err);
    children = arena_alloc(&p->out->arena, lines, sizeof *children);
    if (children == NULL)
        return arena_err(&p->out->arena, err);
    rest = sv_of(entry->value);
    while (rest.len > 0) {
        struct sv line = take_nested_line(&rest);
        struct sv value;
        struct sv key = sv_cut(line, '=', &value);

        if (line.len == 0)
            continue;
        if (value.ptr == NULL)
            return fail(p, entry->line, "expected \"key = value\" in the indented lines below",
                        err);
        children[count++] = (struct ini_entry){
            .key = store_new(&p->children_at, trim(key)),
            .value = store_new(&p->children_at, trim(value)),
            .line = entry->line,
        };
    }
    entry->children = children;
    entry->child_count = count;
    return ERR_OK;
}

static enum err_code parse_all_nested(struct parser *p, struct err *err)
{
    enum err_code rc = ERR_OK;
    size_t total = p->entry_count;

    for (size_t i = 0; i < p->entry_count && rc == ERR_OK; i++) {
        if (p->entries[i].entry.value[0] == '\n')
            rc = parse_nested(p, &p->entries[i].entry, &total, err);
    }
    return rc;
}

static bool has_key(const struct ini_entry *entries, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i].key, key) == 0)
            return true;
    }
    return false;
}

/* The entries of one section, then those of [DEFAULT] that it lacks. *next is its first entry. */
static enum err_code finish_section(struct parser *p, size_t section, size_t *next,
                                    const struct ini_entry *defaults, size_t default_count,
                                    struct ini_section *out, struct err *err)
{
    struct ini_entry *entries;
    size_t own = 0;
    size_t count;

    for (size_t i = *next; i < p->entry_count && p->entries[i].section <= section; i++)
        own += p->entries[i].section == section;
    entries = arena_alloc(&p->out->arena, own + default_count, sizeof *entries);
    if (entries == NULL)
        return arena_err(&p->out->arena, err);
    for (count = 0; *next < p->entry_count && p->entries[*next].section <= section; (*next)++) {
        if (p->entries[*next].section == section)
            entries[count++] = p->entries[*next].entry;
    }
    for (size_t i = 0; i < default_count; i++) {
        if (!has_key(entries, own, defaults[i].key))
            entries[count++] = defaults[i];
    }
    *out = (struct ini_section){.name = p->sections[section].name,
                                .line = p->sections[section].line,
                                .entries = entries,
                                .entry_count = count};
    return ERR_OK;
}

static enum err_code finish(struct parser *p, struct err *err)
{
    struct ini_entry *defaults;
    struct ini_section *sections;
    size_t default_count = 0;
    size_t next = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < p->entry_count; i++)
        default_count += p->entries[i].section == DEFAULTS;
    if (default_count > DEFAULTS_MAX)
        return err_set(err, ERR_CONFIG, "%s: [DEFAULT] has more keys than we accept", p->where);
    defaults = arena_alloc(&p->out->arena, default_count, sizeof *defaults);
    sections = arena_alloc(&p->out->arena, p->section_count, sizeof *sections);
    if (defaults == NULL || sections == NULL)
        return arena_err(&p->out->arena, err);
    default_count = 0;
    for (size_t i = 0; i < p->entry_count; i++) {
        if (p->entries[i].section == DEFAULTS)
            defaults[default_count++] = p->entries[i].entry;
    }
    for (size_t i = 1; i < p->section_count && rc == ERR_OK; i++)
        rc = finish_section(p, i, &next, defaults, default_count, &sections[i - 1], err);
    p->out->sections = sections;
    p->out->section_count = p->section_count - 1;
    return rc;
}

static enum err_code parse(struct parser *p, struct sv text, struct err *err)
{
    enum err_code rc = add_section(p, SV("DEFAULT"), err);

    while (rc == ERR_OK && text.len > 0) {
        p->line++;
        rc = on_line(p, take_line(&text), err);
    }
    if (rc == ERR_OK)
        rc = check_sections(p, err);
    if (rc == ERR_OK)
        rc = check_keys(p, err);
    if (rc == ERR_OK)
        rc = parse_all_nested(p, err);
    return rc ? rc : finish(p, err);
}

enum err_code ini_parse(struct sv text, const char *where, struct ini *out, struct err *err)
{
    struct ini ini = {.store_size = 2 * (text.len + 16)};
    struct parser p = {.where = where, .out = &ini};
    enum err_code rc = check_bytes(&p, text, err);

    if (rc)
        return rc;
    arena_init(&ini.arena, ARENA_CAP);
    ini.store = arena_alloc(&ini.arena, ini.store_size, 1);
    if (ini.store == NULL)
        return arena_err(&ini.arena, err);
    /* Every text takes at most the bytes that it had in the file: its sign or line end is its NUL.
     * The second half is for the nested maps, which are kept as text too. */
    p.at = ini.store;
    p.children_at = ini.store + text.len + 16;
    rc = parse(&p, text, err);
    mem_free(p.sections);
    mem_free(p.entries);
    if (rc)
        ini_release(&ini);
    else
        *out = ini;
    return rc;
}

void ini_release(struct ini *ini)
{
    if (ini->store != NULL)
        crypto_wipe(ini->store, ini->store_size);
    arena_release(&ini->arena);
    *ini = (struct ini){0};
}

const struct ini_section *ini_section(const struct ini *ini, const char *name)
{
    for (size_t i = 0; i < ini->section_count; i++) {
        if (strcmp(ini->sections[i].name, name) == 0)
            return &ini->sections[i];
    }
    return NULL;
}

/* From the end, because in a nested map the last of two equal keys counts. */
static const struct ini_entry *find(const struct ini_entry *entries, size_t count, const char *key)
{
    while (count > 0) {
        count--;
        if (strcmp(entries[count].key, key) == 0)
            return &entries[count];
    }
    return NULL;
}

static const struct ini_entry *entry_of(const struct ini_section *section, const char *key)
{
    return section == NULL ? NULL : find(section->entries, section->entry_count, key);
}

const char *ini_get(const struct ini_section *section, const char *key)
{
    const struct ini_entry *entry = entry_of(section, key);

    return entry == NULL || entry->children != NULL ? NULL : entry->value;
}

const char *ini_get_nested(const struct ini_section *section, const char *key, const char *child)
{
    const struct ini_entry *entry = entry_of(section, key);
    const struct ini_entry *nested =
        entry == NULL ? NULL : find(entry->children, entry->child_count, child);

    return nested == NULL ? NULL : nested->value;
}
