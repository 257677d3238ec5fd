#include "core/aws/xml_shape.h"

#include "core/base/time.h"

const struct xml *xml_at(const struct xml *node, const char *path)
{
    struct sv rest = sv_of(path);

    while (node != NULL && rest.len > 0) {
        struct sv name = sv_cut(rest, '/', &rest);

        node = node->child;
        while (node != NULL && !sv_eq(node->name, name))
            node = node->next;
    }
    return node;
}

static enum err_code read_text(const struct xml *node, struct sv *out, struct arena *arena,
                               struct err *err)
{
    struct sv text = arena_sv(arena, node->text);

    if (text.ptr == NULL)
        return arena_err(arena, err);
    *out = text;
    return ERR_OK;
}

static enum err_code read_member(const struct xml_member *member, const struct xml *node,
                                 char *object, struct arena *arena, struct err *err)
{
    void *field = object + member->at;
    size_t *count = (void *)(object + member->count_at);
    int64_t value;

    switch (member->kind) {
    case XML_TEXT:
        return read_text(node, field, arena, err);
    case XML_TIME:
        if (time_parse_rfc3339(node->text, &value))
            *(int64_t *)field = value;
        break;
    case XML_INT:
        if (sv_to_int(node->text, &value))
            *(int64_t *)field = value;
        break;
    case XML_BOOL:
        *(bool *)field = sv_eq(node->text, SV("true"));
        break;
    case XML_LIST:
        return xml_shape_list(member->inner, node, "member", field, count, arena, err);
    }
    return ERR_OK;
}

enum err_code xml_shape_read(const struct xml_shape *shape, const struct xml *node, void *out,
                             struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct xml *at = xml_at(node, shape->members[i].path);
        enum err_code rc =
            at == NULL ? ERR_OK : read_member(&shape->members[i], at, out, arena, err);

        if (rc)
            return rc;
    }
    if (shape->has_key &&
        ((const struct sv *)(const void *)((char *)out + shape->members[0].at))->len == 0)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply in which a %s has no %s",
                       shape->noun, shape->members[0].path);
    return shape->finish == NULL ? ERR_OK : shape->finish(node, out, arena, err);
}

enum err_code xml_shape_list(const struct xml_shape *shape, const struct xml *list,
                             const char *name, void **out, size_t *count, struct arena *arena,
                             struct err *err)
{
    const struct xml *first = list == NULL ? NULL : list->child;
    size_t wanted = 0;
    size_t n = 0;
    char *array;

    for (const struct xml *at = first; at != NULL; at = at->next)
        wanted += sv_eq(at->name, sv_of(name));
    if (wanted > shape->cap)
        return err_set(err, ERR_LIMIT, "reply over %zu %ss", shape->cap, shape->noun);
    array = arena_alloc(arena, wanted, shape->size);
    if (array == NULL)
        return arena_err(arena, err);
    for (const struct xml *at = first; at != NULL; at = at->next) {
        enum err_code rc;

        if (!sv_eq(at->name, sv_of(name)))
            continue;
        rc = xml_shape_read(shape, at, array + n++ * shape->size, arena, err);
        if (rc)
            return rc;
    }
    *out = array;
    *count = n;
    return ERR_OK;
}
