#include "core/sandbox/s3_xml.h"

#include "core/base/mem.h"
#include "core/base/xml.h"
#include "core/sandbox/exchange.h"
#include "core/sandbox/members.h"

static enum err_code read_node(const struct xml *node, cJSON **out, struct err *err);

/* A second one of a name makes a list of both. */
static bool place(cJSON *object, const char *name, cJSON *item)
{
    cJSON *old = cJSON_GetObjectItemCaseSensitive(object, name);
    cJSON *list;

    if (old == NULL)
        return member_set(object, name, item);
    if (cJSON_IsArray(old)) {
        if (cJSON_AddItemToArray(old, item))
            return true;
        cJSON_Delete(item);
        return false;
    }
    list = cJSON_CreateArray();
    if (list == NULL || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(list);
        cJSON_Delete(item);
        return false;
    }
    if (!cJSON_InsertItemInArray(list, 0, cJSON_DetachItemViaPointer(object, old))) {
        cJSON_Delete(old);
        cJSON_Delete(list);
        return false;
    }
    return member_set(object, name, list);
}

static enum err_code read_children(const struct xml *node, cJSON *object, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (const struct xml *child = node->child; child != NULL && !rc; child = child->next) {
        char name[S3_ROOT_MAX];
        cJSON *item = NULL;

        (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(child->name));
        rc = read_node(child, &item, err);
        if (!rc && !place(object, name, item))
            rc = mem_err(err);
    }
    return rc;
}

static enum err_code read_node(const struct xml *node, cJSON **out, struct err *err)
{
    cJSON *made = node->child == NULL ? item_text(node->text) : cJSON_CreateObject();
    enum err_code rc = made == NULL ? mem_err(err) : read_children(node, made, err);

    if (rc)
        cJSON_Delete(made);
    else
        *out = made;
    return rc;
}

static enum err_code read_root(const struct xml *node, cJSON **out, struct err *err)
{
    cJSON *made = cJSON_CreateObject();
    enum err_code rc = made == NULL ? mem_err(err) : read_children(node, made, err);

    if (rc)
        cJSON_Delete(made);
    else
        *out = made;
    return rc;
}

enum err_code s3_xml_read(struct sv text, char root[S3_ROOT_MAX], cJSON **out, struct err *err)
{
    struct arena arena;
    struct xml *node = NULL;
    enum err_code rc;

    arena_init(&arena, (size_t)16 << 20);
    rc = xml_parse(text, &arena, &node, err);
    if (!rc)
        rc = read_root(node, out, err);
    if (!rc)
        (void)snprintf(root, S3_ROOT_MAX, SV_FMT, SV_ARG(sv_take(node->name, S3_ROOT_MAX - 1)));
    arena_release(&arena);
    return rc;
}

static enum err_code write_item(const char *name, const cJSON *item, struct sb *out,
                                struct err *err);

static enum err_code write_inside(const cJSON *item, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (cJSON_IsString(item))
        return xml_escape(out, json_item_sv(item), err);
    if (cJSON_IsBool(item))
        return sb_add(out, cJSON_IsTrue(item) ? SV("true") : SV("false"), err);
    if (cJSON_IsNumber(item))
        return sb_addf(out, err, "%.15g", item->valuedouble);
    for (const cJSON *child = item->child; child != NULL && !rc; child = child->next)
        rc = write_item(child->string, child, out, err);
    return rc;
}

static enum err_code write_one(const char *name, const cJSON *item, struct sb *out, struct err *err)
{
    /* The one attribute that S3 has. */
    const char *type = strcmp(name, "Grantee") != 0
                           ? ""
                           : " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                             "xsi:type=\"CanonicalUser\"";
    enum err_code rc = sb_addf(out, err, "<%s%s>", name, type);

    if (!rc)
        rc = write_inside(item, out, err);
    return rc ? rc : sb_addf(out, err, "</%s>", name);
}

static enum err_code write_item(const char *name, const cJSON *item, struct sb *out,
                                struct err *err)
{
    enum err_code rc = ERR_OK;

    if (name[0] == '\0')
        return write_inside(item, out, err);
    if (!cJSON_IsArray(item))
        return write_one(name, item, out, err);
    for (const cJSON *one = item->child; one != NULL && !rc; one = one->next)
        rc = write_one(name, one, out, err);
    return rc;
}

enum err_code s3_xml_write(const char *root, const cJSON *members, struct sb *out, struct err *err)
{
    enum err_code rc = sb_addf(out, err,
                               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                               "<%s xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">",
                               root);

    if (!rc)
        rc = write_inside(members, out, err);
    return rc ? rc : sb_addf(out, err, "</%s>", root);
}
