#include "core/deploy/tree.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/mem.h"

enum { TREE_TEXT_MAX = 1024 };

void tree_init(struct tree *t, struct err *err)
{
    *t = (struct tree){.err = err};
    /* Parsed, not created: that is what makes cJSON take its memory through ours. */
    t->rc = json_parse(SV("{}"), &t->root, err);
}

enum err_code tree_done(struct tree *t, cJSON **out)
{
    if (t->rc) {
        cJSON_Delete(t->root);
        t->root = NULL;
        return t->rc;
    }
    *out = t->root;
    return ERR_OK;
}

bool tree_failed(struct tree *t, enum err_code rc)
{
    if (t->rc == ERR_OK)
        t->rc = rc;
    return rc != ERR_OK;
}

/* A value as it was made: NULL means that memory was short. */
static cJSON *made(struct tree *t, cJSON *value)
{
    if (value == NULL && t->rc == ERR_OK)
        t->rc = mem_err(t->err);
    return value;
}

cJSON *tree_put(struct tree *t, cJSON *object, const char *name, cJSON *value)
{
    if (made(t, value) == NULL)
        return NULL;
    if (object != NULL && cJSON_AddItemToObject(object, name, value))
        return value;
    cJSON_Delete(value);
    return made(t, NULL);
}

cJSON *tree_add(struct tree *t, cJSON *list, cJSON *value)
{
    if (made(t, value) == NULL)
        return NULL;
    if (list != NULL && cJSON_AddItemToArray(list, value))
        return value;
    cJSON_Delete(value);
    return made(t, NULL);
}

cJSON *tree_new_object(struct tree *t)
{
    return made(t, cJSON_CreateObject());
}

cJSON *tree_new_list(struct tree *t)
{
    return made(t, cJSON_CreateArray());
}

cJSON *tree_object(struct tree *t, cJSON *object, const char *name)
{
    return tree_put(t, object, name, cJSON_CreateObject());
}

cJSON *tree_list(struct tree *t, cJSON *object, const char *name)
{
    return tree_put(t, object, name, cJSON_CreateArray());
}

cJSON *tree_add_object(struct tree *t, cJSON *list)
{
    return tree_add(t, list, cJSON_CreateObject());
}

cJSON *tree_text(struct tree *t, const char *value)
{
    return made(t, cJSON_CreateString(value));
}

cJSON *tree_sv(struct tree *t, struct sv value)
{
    char *copy = mem_alloc_raw(value.len + 1);
    cJSON *item;

    if (copy == NULL)
        return made(t, NULL);
    if (value.len > 0)
        memcpy(copy, value.ptr, value.len);
    copy[value.len] = '\0';
    item = tree_text(t, copy);
    mem_free(copy);
    return item;
}

static PRINTF_LIKE(2, 0) cJSON *formatted(struct tree *t, const char *fmt, va_list args)
{
    char text[TREE_TEXT_MAX];
    int len = vsnprintf(text, sizeof text, fmt, args);

    if (len >= 0 && (size_t)len < sizeof text)
        return tree_text(t, text);
    if (t->rc == ERR_OK)
        t->rc = err_set(t->err, ERR_LIMIT, "a text of the template is over %zu bytes: \"%.40s...\"",
                        sizeof text - 1, text);
    return NULL;
}

cJSON *tree_textf(struct tree *t, const char *fmt, ...)
{
    va_list args;
    cJSON *item;

    va_start(args, fmt);
    item = formatted(t, fmt, args);
    va_end(args);
    return item;
}

cJSON *tree_texts(struct tree *t, const char *const *texts)
{
    cJSON *list = tree_new_list(t);

    for (; *texts != NULL; texts++)
        tree_add_text(t, list, *texts);
    return list;
}

void tree_put_sv(struct tree *t, cJSON *object, const char *name, struct sv value)
{
    tree_put(t, object, name, tree_sv(t, value));
}

void tree_put_text(struct tree *t, cJSON *object, const char *name, const char *value)
{
    tree_put(t, object, name, cJSON_CreateString(value));
}

void tree_put_int(struct tree *t, cJSON *object, const char *name, int value)
{
    tree_put(t, object, name, cJSON_CreateNumber(value));
}

void tree_put_bool(struct tree *t, cJSON *object, const char *name, bool value)
{
    tree_put(t, object, name, cJSON_CreateBool(value));
}

void tree_add_text(struct tree *t, cJSON *list, const char *value)
{
    tree_add(t, list, cJSON_CreateString(value));
}

cJSON *tree_ref(struct tree *t, const char *logical)
{
    cJSON *item = tree_new_object(t);

    tree_put_text(t, item, "Ref", logical);
    return item;
}

cJSON *tree_get_att(struct tree *t, const char *logical, const char *attribute)
{
    cJSON *item = tree_new_object(t);

    tree_put(t, item, "Fn::GetAtt", TREE_TEXTS(t, logical, attribute));
    return item;
}

cJSON *tree_sub(struct tree *t, const char *fmt, ...)
{
    cJSON *item = tree_new_object(t);
    va_list args;

    va_start(args, fmt);
    tree_put(t, item, "Fn::Sub", formatted(t, fmt, args));
    va_end(args);
    return item;
}

cJSON *tree_if(struct tree *t, const char *condition, cJSON *yes, cJSON *no)
{
    cJSON *item = tree_new_object(t);
    cJSON *list = tree_list(t, item, "Fn::If");

    tree_add_text(t, list, condition);
    tree_add(t, list, yes != NULL ? yes : tree_ref(t, "AWS::NoValue"));
    tree_add(t, list, no != NULL ? no : tree_ref(t, "AWS::NoValue"));
    return item;
}
