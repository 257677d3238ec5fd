/* Acting a build's command out as a shell would run it, but for running anything: conditions,
 * variables and exit statuses are kept, programs other than those of codebuild_tools.c succeed.
 *
 * A command that waits for a stack is gone through again from the part that waits: "part", the open
 * conditions and the last status are kept in the work. A condition's state is a letter: 'c' it is
 * being asked, 'y' its branch is taken, 'n' not yet, 'd' no more. */
#include <ctype.h>
#include <stdarg.h>

#include "core/base/mem.h"
#include "core/sandbox/buildspec.h"
#include "core/sandbox/codebuild_work.h"
#include "core/sandbox/members.h"

enum { IFS_MAX = 32, VALUE_CAP = 1 << 20, DEPTH_MAX = 8 };

struct shell {
    struct build *b;
    struct acting *acting;
    char ifs[IFS_MAX + 1];
    int depth;      /* of $(...) */
    int last;       /* status */
    int substitute; /* status of the last $(...) in the words at hand */
    bool is_strict; /* set -e */
    bool has_exited;
};

enum err_code acting_print(struct build *b, struct acting *a, const char *fmt, ...)
{
    char text[8192];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (!a->is_captured)
        return text[0] == '\0' ? ERR_OK : build_log(b, "%s", text);
    return sb_addf(&a->out, b->err, "%s\n", text);
}

static enum err_code run_script(struct shell *sh, struct sv script);

/* ---- values ---- */

static enum err_code capture(struct shell *sh, struct sv script, struct sb *out)
{
    struct acting inner = {.is_captured = true};
    struct shell nested = {.b = sh->b, .acting = &inner, .depth = sh->depth + 1};
    enum err_code rc;

    if (nested.depth > DEPTH_MAX)
        return err_set(sh->b->err, ERR_LIMIT, "more than %d commands in one another", DEPTH_MAX);
    sb_init(&inner.out, VALUE_CAP);
    rc = run_script(&nested, script);
    sh->substitute = nested.last;
    /* Nobody can wait in there. */
    if (inner.outcome == OUTCOME_WAITS)
        cJSON_DeleteItemFromObjectCaseSensitive(sh->b->work, "wait");
    while (inner.out.len > 0 && inner.out.ptr[inner.out.len - 1] == '\n')
        inner.out.len--;
    if (!rc)
        rc = sb_add(out, sb_sv(&inner.out), sh->b->err);
    sb_release(&inner.out);
    return rc;
}

static enum err_code value(void *owner, struct sv name, bool is_command, struct sb *out,
                           struct err *err)
{
    struct shell *sh = owner;
    char text[256];

    if (is_command)
        return capture(sh, name, out);
    (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(name));
    return sb_add(out, build_variable(sh->b, text), err);
}

/* ---- what the shell itself knows ---- */

static struct sv word(const cJSON *words, int at)
{
    struct sv text = json_item_sv(cJSON_GetArrayItem(words, at));

    return text.ptr == NULL ? SV("") : text;
}

static bool is_name(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!isalnum((unsigned char)text.ptr[i]) && text.ptr[i] != '_')
            return false;
    }
    return text.len > 0 && text.len < 128 && !isdigit((unsigned char)text.ptr[0]);
}

static enum err_code assign(struct shell *sh, struct sv text, bool *is_one)
{
    struct sv rest;
    struct sv name = sv_cut(text, '=', &rest);
    char key[128];

    *is_one = rest.ptr != NULL && is_name(name);
    if (!*is_one)
        return ERR_OK;
    (void)snprintf(key, sizeof key, SV_FMT, SV_ARG(name));
    return build_set_variable(sh->b, key, rest);
}

static enum err_code export_all(struct shell *sh, const cJSON *words)
{
    enum err_code rc = ERR_OK;
    bool is_one;

    for (int i = 1; i < cJSON_GetArraySize(words) && !rc; i++)
        rc = assign(sh, word(words, i), &is_one);
    /* A real shell forgets the failure; a build whose role was not assumed fails a little later. */
    sh->last = sh->substitute;
    return rc;
}

static void unset_all(struct shell *sh, const cJSON *words)
{
    cJSON *env = cJSON_GetObjectItemCaseSensitive(sh->b->work, "env");

    for (const cJSON *w = words->child->next; w != NULL; w = w->next) {
        cJSON_DeleteItemFromObjectCaseSensitive(env, w->valuestring);
        if (strcmp(w->valuestring, "AWS_ACCESS_KEY_ID") == 0)
            cJSON_DeleteItemFromObjectCaseSensitive(sh->b->work, "assumed");
    }
}

static enum err_code echo(struct shell *sh, const cJSON *words)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc = ERR_OK;

    sb_init(&text, VALUE_CAP);
    for (int i = 1; i < cJSON_GetArraySize(words) && !rc; i++) {
        if (i == 1 && (sv_eq(word(words, 1), SV("-e")) || sv_eq(word(words, 1), SV("-n"))))
            continue;
        if (text.len > 0)
            rc = sb_addc(&text, ' ', sh->b->err);
        if (!rc)
            rc = sb_add(&text, word(words, i), sh->b->err);
    }
    return rc ? rc : acting_print(sh->b, sh->acting, "%.8000s", sb_cstr(&text));
}

/* "[ A = B ]" and its kin, with one question only. */
static int test_words(struct shell *sh, const cJSON *words)
{
    int count = cJSON_GetArraySize(words);
    bool is_not = false;
    bool is_true;
    int at = 1;

    if (sv_eq(word(words, count - 1), SV("]")) || sv_eq(word(words, count - 1), SV("]]")))
        count--;
    if (at < count && sv_eq(word(words, at), SV("!"))) {
        is_not = true;
        at++;
    }
    if (count - at == 2) {
        struct sv what = word(words, at);
        struct sv of = word(words, at + 1);

        if (sv_eq(what, SV("-z")))
            is_true = of.len == 0;
        else if (sv_eq(what, SV("-n")))
            is_true = of.len > 0;
        else
            is_true = build_has_file(sh->b, of);
    } else if (count - at == 3) {
        bool is_same = sv_eq(word(words, at), word(words, at + 2));
        struct sv sign = word(words, at + 1);

        is_true = sv_eq(sign, SV("!=")) || sv_eq(sign, SV("-ne")) ? !is_same : is_same;
    } else {
        is_true = count - at == 1 && word(words, at).len > 0;
    }
    return is_true != is_not ? 0 : 1;
}

static enum err_code eval(struct shell *sh, const cJSON *words)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc = ERR_OK;

    sb_init(&text, VALUE_CAP);
    if (sh->substitute != 0) {
        sh->last = sh->substitute;
        return ERR_OK;
    }
    if (sh->depth >= DEPTH_MAX)
        return err_set(sh->b->err, ERR_LIMIT, "more than %d commands in one another", DEPTH_MAX);
    for (int i = 1; i < cJSON_GetArraySize(words) && !rc; i++) {
        rc = sb_add(&text, word(words, i), sh->b->err);
        if (!rc)
            rc = sb_addc(&text, ' ', sh->b->err);
    }
    sh->depth++;
    if (!rc)
        rc = run_script(sh, sb_sv(&text));
    sh->depth--;
    return rc;
}

static int exit_status(const cJSON *words, int otherwise)
{
    int64_t status = otherwise;

    if (cJSON_GetArraySize(words) > 1 && !sv_to_int(word(words, 1), &status))
        return 2;
    return (int)(status & 255);
}

/* True when the shell itself knew the word. */
static bool built_in(struct shell *sh, const cJSON *words, enum err_code *rc)
{
    struct sv name = word(words, 0);

    sh->last = 0;
    if (sv_eq(name, SV("false"))) {
        sh->last = 1;
    } else if (sv_eq(name, SV("exit"))) {
        sh->last = exit_status(words, 0);
        sh->has_exited = true;
    } else if (sv_eq(name, SV("export"))) {
        *rc = export_all(sh, words);
    } else if (sv_eq(name, SV("unset"))) {
        unset_all(sh, words);
    } else if (sv_eq(name, SV("echo")) || sv_eq(name, SV("printf"))) {
        *rc = echo(sh, words);
    } else if (sv_eq(name, SV("test")) || sv_eq(name, SV("[")) || sv_eq(name, SV("[["))) {
        sh->last = test_words(sh, words);
    } else if (sv_eq(name, SV("eval"))) {
        *rc = eval(sh, words);
    } else if (sv_eq(name, SV("set"))) {
        struct sv flags = word(words, 1);

        if (sv_starts(flags, SV("-")) && sv_find(flags, SV("e")) > 0)
            sh->is_strict = true;
        if (sv_starts(flags, SV("+")) && sv_find(flags, SV("e")) > 0)
            sh->is_strict = false;
    } else {
        return false;
    }
    return true;
}

/* ---- one part ---- */

static enum err_code run_words(struct shell *sh, cJSON *words)
{
    enum err_code rc = ERR_OK;
    bool is_one = true;
    bool is_known = false;

    while (!rc && words->child != NULL) {
        rc = assign(sh, word(words, 0), &is_one);
        if (rc || !is_one)
            break;
        cJSON_DeleteItemFromArray(words, 0);
    }
    sh->last = sh->substitute;
    if (rc || words->child == NULL)
        return rc;
    if (built_in(sh, words, &rc))
        return rc;
    rc = tool_run(sh->b, words, sh->acting, &is_known);
    sh->last = is_known ? sh->acting->status : 0;
    return rc;
}

static enum err_code run_simple(struct shell *sh, struct sv text)
{
    cJSON *words = NULL;
    bool is_not = sv_starts(text, SV("! "));
    enum err_code rc;

    sh->substitute = 0;
    rc = words_read(is_not ? sv_drop(text, 2) : text, value, sh, &words, sh->b->err);
    if (!rc)
        rc = run_words(sh, words);
    cJSON_Delete(words);
    if (is_not)
        sh->last = sh->last == 0;
    return rc;
}

/* ---- conditions ---- */

static bool is_active(const struct shell *sh)
{
    return strpbrk(sh->ifs, "nd") == NULL;
}

static bool starts_word(struct sv *text, const char *keyword)
{
    size_t len = strlen(keyword);

    if (!sv_starts(*text, sv_of(keyword)) ||
        (text->len > len && !isspace((unsigned char)text->ptr[len])))
        return false;
    *text = sv_trim(sv_drop(*text, len));
    return true;
}

static bool is_asking(const struct shell *sh)
{
    return strchr(sh->ifs, 'c') != NULL;
}

/* One of the shell's words before a command; false when there is none. */
static bool take_keyword(struct shell *sh, struct sv *text)
{
    size_t depth = strlen(sh->ifs);
    char *top = depth == 0 ? NULL : &sh->ifs[depth - 1];

    if (depth < IFS_MAX && starts_word(text, "if")) {
        sh->ifs[depth] = is_active(sh) ? 'c' : 'd';
        sh->ifs[depth + 1] = '\0';
    } else if (top != NULL && starts_word(text, "then")) {
        if (*top == 'c')
            *top = sh->last == 0 ? 'y' : 'n';
    } else if (top != NULL && starts_word(text, "elif")) {
        *top = *top == 'n' ? 'c' : 'd';
    } else if (top != NULL && starts_word(text, "else")) {
        *top = *top == 'n' ? 'y' : 'd';
    } else if (top != NULL && starts_word(text, "fi")) {
        if (*top == 'n') /* no branch was taken */
            sh->last = 0;
        *top = '\0';
    } else {
        return starts_word(text, "do") || starts_word(text, "{") || starts_word(text, "(");
    }
    return true;
}

/* What is left is the command. What a loop goes over is not known: its body is gone through once.
 */
static void take_keywords(struct shell *sh, struct sv *text)
{
    while (take_keyword(sh, text))
        continue;
    if (starts_word(text, "for") || starts_word(text, "while") || starts_word(text, "until") ||
        starts_word(text, "done") || starts_word(text, "}") || starts_word(text, ")"))
        *text = SV("");
}

static bool is_skipped(const struct shell *sh, enum link link)
{
    return (link == LINK_AND && sh->last != 0) || (link == LINK_OR && sh->last == 0);
}

static enum err_code run_part(struct shell *sh, const struct part *part)
{
    struct sv text = part->text;

    if (is_skipped(sh, part->link))
        return ERR_OK;
    take_keywords(sh, &text);
    if (text.len == 0 || !is_active(sh))
        return ERR_OK;
    return run_simple(sh, text);
}

/* ---- the whole command ---- */

static bool keep_place(struct shell *sh, size_t part)
{
    cJSON *place = cJSON_CreateObject();

    if (member_put_int(place, "part", (int64_t)part) && member_put_int(place, "last", sh->last) &&
        member_put(place, "ifs", sv_of(sh->ifs)) &&
        member_set(place, "strict", cJSON_CreateBool(sh->is_strict)))
        return member_set(sh->b->work, "place", place);
    cJSON_Delete(place);
    return false;
}

static size_t take_place(struct shell *sh)
{
    const cJSON *place = json_get(sh->b->work, "place");
    size_t part = (size_t)json_int(place, "part", 0);

    if (place == NULL)
        return 0;
    sh->last = (int)json_int(place, "last", 0);
    sh->is_strict = json_bool(place, "strict", false);
    (void)snprintf(sh->ifs, sizeof sh->ifs, SV_FMT, SV_ARG(json_sv(place, "ifs")));
    cJSON_DeleteItemFromObjectCaseSensitive(sh->b->work, "place");
    return part;
}

static enum err_code run_script(struct shell *sh, struct sv script)
{
    struct part *parts = mem_array(PARTS_MAX, sizeof *parts);
    size_t count = 0;
    size_t i = sh->depth == 0 ? take_place(sh) : 0;
    enum err_code rc =
        parts == NULL ? mem_err(sh->b->err) : script_split(script, parts, &count, sh->b->err);

    for (; i < count && !rc && !sh->has_exited; i++) {
        struct shell before = *sh;
        bool is_last = i + 1 == count || parts[i + 1].link == LINK_THEN;

        rc = run_part(sh, &parts[i]);
        if (!rc && sh->acting->outcome == OUTCOME_WAITS) {
            rc = sh->depth == 0 && !keep_place(&before, i) ? mem_err(sh->b->err) : ERR_OK;
            break;
        }
        if (sh->is_strict && sh->last != 0 && is_last && !is_asking(sh))
            sh->has_exited = true;
    }
    mem_free(parts);
    return rc;
}

enum err_code build_act(struct build *b, struct sv command, struct acting *a)
{
    struct shell sh = {.b = b, .acting = a};
    enum err_code rc = run_script(&sh, command);

    a->status = sh.last;
    return rc;
}
