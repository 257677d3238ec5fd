#include "core/model/defect.h"

#include <stdarg.h>

/* Sentences carry what a person wrote, so each character must be fit to be shown; what does not fit
 * ends in a '~'. */
static void put_clean(char *out, size_t size, struct sv text)
{
    size_t len = 0;

    while (text.len > 0) {
        char bytes[4];
        size_t need = utf8_encode(text_safe(utf8_next(&text)), bytes);

        if (len + need + (text.len > 0 ? 2 : 1) > size) {
            out[len++] = '~';
            break;
        }
        memcpy(out + len, bytes, need);
        len += need;
    }
    out[len] = '\0';
}

enum kind { KIND_ERROR, KIND_REFUSAL, KIND_WARNING };

static void add(struct defects *defects, enum kind kind, const char *field, const char *fmt,
                va_list args) PRINTF_LIKE(4, 0);

static void add(struct defects *defects, enum kind kind, const char *field, const char *fmt,
                va_list args)
{
    char text[4 * DEFECT_TEXT_SIZE];
    struct defect *d;

    defects->errors += kind != KIND_WARNING;
    defects->refusals += kind == KIND_REFUSAL;
    if (defects->count == DEFECTS_MAX) {
        defects->left_out++;
        return;
    }
    d = &defects->items[defects->count++];
    d->is_warning = kind == KIND_WARNING;
    d->is_refusal = kind == KIND_REFUSAL;
    put_clean(d->field, sizeof d->field, sv_of(field));
    if (vsnprintf(text, sizeof text, fmt, args) < 0)
        text[0] = '\0';
    put_clean(d->text, sizeof d->text, sv_of(text));
}

void defects_add(struct defects *defects, const char *field, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(defects, KIND_ERROR, field, fmt, args);
    va_end(args);
}

void defects_warn(struct defects *defects, const char *field, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(defects, KIND_WARNING, field, fmt, args);
    va_end(args);
}

void defects_refuse(struct defects *defects, const char *field, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(defects, KIND_REFUSAL, field, fmt, args);
    va_end(args);
}

void defects_add_first(struct defects *defects, const char *field, const char *fmt, ...)
{
    va_list args;

    if (defects_of(defects, field) != NULL)
        return;
    va_start(args, fmt);
    add(defects, KIND_ERROR, field, fmt, args);
    va_end(args);
}

const char *defect_field(char out[DEFECT_FIELD_SIZE], const char *fmt, ...)
{
    char text[4 * DEFECT_FIELD_SIZE];
    va_list args;

    va_start(args, fmt);
    if (vsnprintf(text, sizeof text, fmt, args) < 0)
        text[0] = '\0';
    va_end(args);
    put_clean(out, DEFECT_FIELD_SIZE, sv_of(text));
    return out;
}

const struct defect *defects_of(const struct defects *defects, const char *field)
{
    for (size_t i = 0; i < defects->count; i++) {
        if (strcmp(defects->items[i].field, field) == 0)
            return &defects->items[i];
    }
    return NULL;
}

static const struct defect *first_error(const struct defects *defects)
{
    for (size_t i = 0; i < defects->count; i++) {
        if (!defects->items[i].is_warning)
            return &defects->items[i];
    }
    return NULL;
}

enum err_code defects_err(const struct defects *defects, struct err *err)
{
    const struct defect *first = first_error(defects);
    size_t more = defects->errors - 1;
    enum err_code rc = defects->refusals == defects->errors ? ERR_FAILED : ERR_USAGE;

    if (defects->errors == 0)
        return ERR_OK;
    if (first == NULL)
        return err_set(err, rc, "%zu defects behind %d warnings", defects->errors, DEFECTS_MAX);
    err_set(err, rc, "%s%s%s", first->field, first->field[0] == '\0' ? "" : ": ", first->text);
    if (more > 0) {
        struct err whole = *err;

        return err_set(err, rc, "%s (and %zu more)", whole.text, more);
    }
    return rc;
}
