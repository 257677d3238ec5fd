#include "core/sandbox/buildspec.h"

#include <ctype.h>

#include "core/base/mem.h"
#include "core/base/yaml.h"
#include "core/sandbox/members.h"

enum { WORDS_MAX = 2000, WORD_CAP = 1 << 20 };

/* ---- the file ---- */

static enum err_code check_phase(const cJSON *phase, struct err *err)
{
    static const char *const lists[] = {"commands", "finally"};

    if (!cJSON_IsObject(phase))
        return err_set(err, ERR_REPLY, "Expected a map for phase %s", phase->string);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        const cJSON *list = json_get(phase, lists[i]);

        if (list != NULL && !cJSON_IsArray(list))
            return err_set(err, ERR_REPLY, "Expected a list for %s of phase %s", lists[i],
                           phase->string);
        for (const cJSON *c = list == NULL ? NULL : list->child; c != NULL; c = c->next) {
            if (!cJSON_IsString(c))
                return err_set(err, ERR_REPLY,
                               "Expected %s[%d] to be of string type: found another kind instead",
                               lists[i], cJSON_GetArraySize(list));
        }
    }
    return ERR_OK;
}

static enum err_code check(const cJSON *spec, struct err *err)
{
    const cJSON *phases = json_get(spec, "phases");
    enum err_code rc = ERR_OK;

    if (!cJSON_IsObject(spec) || json_get(spec, "version") == NULL)
        return err_set(err, ERR_REPLY, "This build spec does not specify a version");
    if (!cJSON_IsObject(phases))
        return err_set(err, ERR_REPLY, "This build spec does not have any phases");
    for (const cJSON *p = phases->child; p != NULL && !rc; p = p->next)
        rc = check_phase(p, err);
    return rc;
}

enum err_code buildspec_read(struct sv text, cJSON **out, struct err *err)
{
    cJSON *spec = NULL;
    enum err_code rc = yaml_parse(text, &spec, err);

    if (!rc)
        rc = check(spec, err);
    if (rc)
        cJSON_Delete(spec);
    else
        *out = spec;
    return rc;
}

const cJSON *buildspec_commands(const cJSON *spec, const char *phase, const char *list)
{
    return json_get(json_get(json_get(spec, "phases"), phase), list);
}

bool buildspec_goes_on(const cJSON *spec, const char *phase)
{
    return sv_eq(json_sv(json_get(json_get(spec, "phases"), phase), "on-failure"), SV("CONTINUE"));
}

/* ---- commands divided into parts ---- */

/* How far the quote, substitution or escape that begins here goes; 1 for any other sign. */
static size_t skip(struct sv text)
{
    char c = text.ptr[0];
    size_t at = 1;

    if (c == '\\')
        return text.len < 2 ? 1 : 2;
    if (c == '\'' || c == '`') {
        while (at < text.len && text.ptr[at] != c)
            at++;
        return at < text.len ? at + 1 : at;
    }
    if (c == '"') {
        while (at < text.len && text.ptr[at] != '"') {
            char inside = text.ptr[at];

            at += inside == '\\' || inside == '$' || inside == '`' ? skip(sv_drop(text, at)) : 1;
        }
        return at < text.len ? at + 1 : text.len;
    }
    if (c == '$' && text.len > 1 && (text.ptr[1] == '(' || text.ptr[1] == '{')) {
        char end = text.ptr[1] == '(' ? ')' : '}';

        at = 2;
        while (at < text.len && text.ptr[at] != end)
            at += skip(sv_drop(text, at));
        return at < text.len ? at + 1 : text.len;
    }
    return 1;
}

/* The lines up to the one that is the word after "<<" are no commands. */
static struct sv skip_document(struct sv part, struct sv rest)
{
    ptrdiff_t at = sv_find(part, SV("<<"));
    struct sv word = at < 0 ? SV_NONE : sv_drop(part, (size_t)at + 2);
    struct sv end;

    if (at < 0 || sv_starts(word, SV("<")))
        return rest;
    if (sv_starts(word, SV("-")))
        word = sv_drop(word, 1);
    word = sv_trim(word);
    for (size_t i = 0; i < word.len; i++) {
        if (isspace((unsigned char)word.ptr[i]) || word.ptr[i] == '>' || word.ptr[i] == '|')
            word.len = i;
    }
    if (word.len > 1 && (word.ptr[0] == '\'' || word.ptr[0] == '"'))
        word = sv_make(word.ptr + 1, word.len - 2);
    do {
        end = sv_trim(sv_cut(rest, '\n', &rest));
    } while (rest.ptr != NULL && !sv_eq(end, word));
    return rest;
}

/* Where the part ends, and by what. */
static size_t part_end(struct sv text, size_t *sign_len, enum link *next)
{
    size_t at = 0;

    *next = LINK_THEN;
    *sign_len = 0;
    while (at < text.len) {
        char c = text.ptr[at];
        bool is_double = at + 1 < text.len && text.ptr[at + 1] == c;
        bool begins_word = at == 0 || isspace((unsigned char)text.ptr[at - 1]);

        if (c == '\n' || c == ';' || c == '|' || (c == '&' && is_double) ||
            (c == '#' && begins_word)) {
            *sign_len = is_double && c != '\n' && c != '#' ? 2 : 1;
            if (c == '&')
                *next = LINK_AND;
            if (c == '|' && is_double)
                *next = LINK_OR;
            if (c == '#') {
                while (at + *sign_len < text.len && text.ptr[at + *sign_len] != '\n')
                    ++*sign_len;
            }
            return at;
        }
        at += skip(sv_drop(text, at));
    }
    return text.len;
}

enum err_code script_split(struct sv script, struct part parts[PARTS_MAX], size_t *count,
                           struct err *err)
{
    enum link link = LINK_THEN;

    *count = 0;
    while (script.len > 0) {
        size_t sign_len;
        enum link next;
        size_t end = part_end(script, &sign_len, &next);
        struct sv text = sv_trim(sv_take(script, end));
        bool is_line = end < script.len && script.ptr[end] == '\n';

        script = sv_drop(script, end + sign_len);
        if (is_line)
            script = skip_document(text, script);
        if (text.len == 0)
            continue;
        if (*count == PARTS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d commands in one", PARTS_MAX);
        parts[(*count)++] = (struct part){.text = text, .link = link};
        link = next;
    }
    return ERR_OK;
}

/* ---- parts divided into words ---- */

struct reader {
    value_fn *value;
    void *owner;
    cJSON *words;
    struct sb word;
    bool is_open; /* a word has begun, if only with a quote */
    size_t count;
    struct err *err;
};

static enum err_code close_word(struct reader *r)
{
    if (!r->is_open)
        return ERR_OK;
    if (++r->count > WORDS_MAX)
        return err_set(r->err, ERR_LIMIT, "more than %d words in a command", WORDS_MAX);
    r->is_open = false;
    if (!cJSON_AddItemToArray(r->words, cJSON_CreateString(sb_cstr(&r->word))))
        return mem_err(r->err);
    sb_clear(&r->word);
    return ERR_OK;
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The name of the variable at a dollar sign, and how much of the text it takes; 0: there is none.
 * ${NAME:-other} and its kin give the name; *other is what stands in for an empty value. */
static size_t variable(struct sv text, struct sv *name, struct sv *other)
{
    size_t at = 1;

    *other = SV_NONE;
    if (text.len > 1 && text.ptr[1] == '{') {
        size_t whole = skip(text);
        struct sv inside = sv_make(text.ptr + 2, whole < 3 ? 0 : whole - 3);

        while (at <= inside.len && is_name_char(inside.ptr[at - 1]))
            at++;
        *name = sv_take(inside, at - 1);
        if (sv_starts(sv_drop(inside, at - 1), SV(":-")))
            *other = sv_drop(inside, at + 1);
        return whole;
    }
    while (at < text.len && is_name_char(text.ptr[at]))
        at++;
    *name = sv_make(text.ptr + 1, at - 1);
    return at > 1 ? at : 0;
}

/* A value that no quotes hold together is more than one word when it has blanks. */
static enum err_code add_value(struct reader *r, struct sv value, bool is_quoted)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < value.len && !rc; i++) {
        if (!is_quoted && isspace((unsigned char)value.ptr[i])) {
            rc = close_word(r);
            continue;
        }
        r->is_open = true;
        rc = sb_addc(&r->word, value.ptr[i], r->err);
    }
    return rc;
}

/* At a dollar sign or a back quote: what it stands for is added. */
static enum err_code substitute(struct reader *r, struct sv text, bool is_quoted, size_t *taken)
{
    CLEANUP(sb_release) struct sb value;
    struct sv name;
    struct sv other = SV_NONE;
    bool is_command = text.ptr[0] == '`' || (text.len > 1 && text.ptr[1] == '(');
    enum err_code rc;

    sb_init(&value, WORD_CAP);
    if (is_command) {
        size_t head = text.ptr[0] == '`' ? 1 : 2;

        *taken = skip(text);
        name = sv_make(text.ptr + head, *taken <= head ? 0 : *taken - head - 1);
    } else {
        *taken = variable(text, &name, &other);
    }
    if (*taken == 0) {
        *taken = 1;
        r->is_open = true;
        return sb_addc(&r->word, '$', r->err);
    }
    rc = r->value(r->owner, name, is_command, &value, r->err);
    if (rc)
        return rc;
    return add_value(r, value.len == 0 && other.len > 0 ? other : sb_sv(&value), is_quoted);
}

static enum err_code add_quoted(struct reader *r, struct sv text)
{
    enum err_code rc = ERR_OK;
    size_t at = 0;

    r->is_open = true;
    while (at < text.len && !rc) {
        size_t taken = 1;

        if (text.ptr[at] == '$' || text.ptr[at] == '`') {
            rc = substitute(r, sv_drop(text, at), true, &taken);
        } else {
            if (text.ptr[at] == '\\' && at + 1 < text.len &&
                strchr("\"\\$`", text.ptr[at + 1]) != NULL)
                at++;
            rc = sb_addc(&r->word, text.ptr[at], r->err);
        }
        at += taken;
    }
    return rc;
}

static enum err_code add_plain(struct reader *r, struct sv text, size_t *taken)
{
    char c = text.ptr[0];

    *taken = 1;
    if (isspace((unsigned char)c))
        return close_word(r);
    if (c == '\\') {
        *taken = skip(text);
        if (text.len > 1 && text.ptr[1] == '\n')
            return ERR_OK;
        c = text.len > 1 ? text.ptr[1] : c;
    }
    r->is_open = true;
    return sb_addc(&r->word, c, r->err);
}

static enum err_code read_words(struct reader *r, struct sv text)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && !rc) {
        char c = text.ptr[0];
        size_t taken = 1;

        if (c == '\'' || c == '"') {
            taken = skip(text);
            if (c == '"')
                rc = add_quoted(r, sv_make(text.ptr + 1, taken < 2 ? 0 : taken - 2));
            else
                rc = add_value(r, sv_make(text.ptr + 1, taken < 2 ? 0 : taken - 2), true);
            r->is_open = true;
        } else if (c == '$' || c == '`') {
            rc = substitute(r, text, false, &taken);
        } else {
            rc = add_plain(r, text, &taken);
        }
        text = sv_drop(text, taken);
    }
    return rc ? rc : close_word(r);
}

/* Files are not written: ">", "2>&1" and what follows them go. */
static void drop_redirections(cJSON *words)
{
    for (int i = 0; i < cJSON_GetArraySize(words);) {
        const char *word = cJSON_GetArrayItem(words, i)->valuestring;
        size_t digits = strspn(word, "0123456789&");
        bool is_one = word[digits] == '>' || (digits == 0 && word[0] == '<');
        bool is_alone = is_one && word[digits + strspn(word + digits, "<>")] == '\0';

        if (!is_one) {
            i++;
            continue;
        }
        cJSON_DeleteItemFromArray(words, i);
        if (is_alone)
            cJSON_DeleteItemFromArray(words, i);
    }
}

enum err_code words_read(struct sv text, value_fn *value, void *owner, cJSON **out, struct err *err)
{
    struct reader r = {.value = value, .owner = owner, .words = cJSON_CreateArray(), .err = err};
    enum err_code rc;

    sb_init(&r.word, WORD_CAP);
    rc = r.words == NULL ? mem_err(err) : read_words(&r, text);
    sb_release(&r.word);
    if (rc) {
        cJSON_Delete(r.words);
        return rc;
    }
    drop_redirections(r.words);
    *out = r.words;
    return ERR_OK;
}

enum err_code text_expand(struct sv text, value_fn *value, void *owner, struct sb *out,
                          struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && !rc) {
        char c = text.ptr[0];
        size_t taken = 0;
        struct sv name;
        struct sv other;
        bool is_command = c == '$' && text.len > 1 && text.ptr[1] == '(';

        if (c == '$' && !is_command)
            taken = variable(text, &name, &other);
        if (taken > 0) {
            size_t before = out->len;

            rc = value(owner, name, false, out, err);
            if (!rc && out->len == before && other.len > 0)
                rc = sb_add(out, other, err);
        } else {
            taken = c == '\'' || c == '\\' || c == '`' || is_command ? skip(text) : 1;
            rc = sb_add(out, sv_take(text, taken), err);
        }
        text = sv_drop(text, taken);
    }
    return rc;
}
