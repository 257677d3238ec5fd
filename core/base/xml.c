/* expat's events made into a tree.
 *
 * One buffer holds the character data of all open elements: a child's part is cut off when it
 * closes, so what is left of its parent's stays in one piece. expat is loaded with the first reply
 * in XML, which a usual run never sees. */
#include "core/base/xml.h"

#include <expat.h>

#include "core/base/dynlib.h"
#include "core/base/mem.h"

/* clang-format off */
#define EXPAT_LIST(X) \
    X(ParserCreate_MM) X(ParserFree) X(Parse) X(StopParser) X(SetUserData) X(SetElementHandler) \
    X(SetCharacterDataHandler) X(SetStartDoctypeDeclHandler) X(GetErrorCode) X(ErrorString)
/* clang-format on */

#define EXPAT_MEMBER(name) __typeof__(XML_##name) *name;
static struct {
    EXPAT_LIST(EXPAT_MEMBER)
} lib;
#undef EXPAT_MEMBER

enum { DEPTH_MAX = 64, NODES_MAX = 200000, BYTES_MAX = 64 * 1024 * 1024 };

struct frame {
    struct xml *node;
    struct xml *last_child;
    size_t text_start;
};

struct builder {
    XML_Parser parser;
    struct arena *arena;
    struct sb text;
    struct frame open[DEPTH_MAX];
    size_t depth;
    size_t nodes;
    struct xml *root;
    enum err_code rc; /* why we stopped the parser; ERR_OK when it was not us */
    struct err *err;
};

static void *resize(void *old, size_t size)
{
    return mem_resize(old, size, 1);
}

static void stop(struct builder *b, enum err_code rc)
{
    b->rc = rc;
    (void)lib.StopParser(b->parser, XML_FALSE);
}

static struct sv without_prefix(struct sv name)
{
    struct sv rest;
    struct sv first = sv_cut(name, ':', &rest);

    return rest.len > 0 ? rest : first;
}

static void append(struct builder *b, struct xml *node)
{
    struct frame *parent = b->depth > 0 ? &b->open[b->depth - 1] : NULL;

    if (parent == NULL)
        b->root = node;
    else if (parent->last_child == NULL)
        parent->node->child = node;
    else
        parent->last_child->next = node;
    if (parent != NULL)
        parent->last_child = node;
}

static void on_start(void *owner, const XML_Char *name, const XML_Char **attributes)
{
    struct builder *b = owner;
    struct xml *node;

    (void)attributes;
    if (b->rc)
        return;
    if (b->depth == DEPTH_MAX || b->nodes == NODES_MAX) {
        stop(b, err_set(b->err, ERR_LIMIT, "XML over %d elements, or nested over %d deep",
                        NODES_MAX, DEPTH_MAX));
        return;
    }
    node = arena_alloc(b->arena, 1, sizeof *node);
    if (node != NULL)
        node->name = arena_sv(b->arena, without_prefix(sv_of(name)));
    if (node == NULL || node->name.ptr == NULL) {
        stop(b, arena_err(b->arena, b->err));
        return;
    }
    append(b, node);
    b->open[b->depth++] = (struct frame){.node = node, .text_start = b->text.len};
    b->nodes++;
}

static void on_text(void *owner, const XML_Char *text, int len)
{
    struct builder *b = owner;
    enum err_code rc;

    if (b->rc)
        return;
    rc = sb_add(&b->text, sv_make(text, (size_t)len), b->err);
    if (rc)
        stop(b, rc);
}

static void on_end(void *owner, const XML_Char *name)
{
    struct builder *b = owner;
    struct frame *frame;
    struct sv text;

    (void)name;
    if (b->rc)
        return;
    frame = &b->open[--b->depth];
    text = sv_drop(sb_sv(&b->text), frame->text_start);
    if (frame->last_child != NULL)
        text = sv_trim(text);
    frame->node->text = arena_sv(b->arena, text);
    b->text.len = frame->text_start;
    if (frame->node->text.ptr == NULL)
        stop(b, arena_err(b->arena, b->err));
}

static void on_doctype(void *owner, const XML_Char *name, const XML_Char *system_id,
                       const XML_Char *public_id, int has_internal_subset)
{
    struct builder *b = owner;

    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    if (b->rc == ERR_OK)
        stop(b, err_set(b->err, ERR_REPLY, "expected an AWS reply, got XML with a DOCTYPE"));
}

static enum err_code load(struct err *err)
{
#define EXPAT_SYMBOL(name) {"XML_" #name, (void **)&lib.name},
    static const struct dynlib_symbol symbols[] = {EXPAT_LIST(EXPAT_SYMBOL)};
#undef EXPAT_SYMBOL
    static bool is_loaded;
    enum err_code rc;

    if (is_loaded)
        return ERR_OK;
    rc = dynlib_load("libexpat.so.1", "libexpat1", symbols, ARRAY_LEN(symbols), err);
    is_loaded = rc == ERR_OK;
    return rc;
}

static enum err_code not_xml(struct sv bytes, enum XML_Error why, struct err *err)
{
    struct sv seen = sv_trim(bytes);

    if (why == XML_ERROR_NO_MEMORY)
        return mem_err(err);
    if (seen.len == 0)
        return err_set(err, ERR_REPLY, "expected XML, got nothing");
    return err_set(err, ERR_REPLY, "expected XML, got \"" SV_FMT "...\" (%s)",
                   SV_ARG(sv_take(seen, 40)), lib.ErrorString(why));
}

static enum err_code build(struct builder *b, struct sv bytes)
{
    enum XML_Status status;

    lib.SetUserData(b->parser, b);
    lib.SetElementHandler(b->parser, on_start, on_end);
    lib.SetCharacterDataHandler(b->parser, on_text);
    lib.SetStartDoctypeDeclHandler(b->parser, on_doctype);
    status = lib.Parse(b->parser, bytes.ptr == NULL ? "" : bytes.ptr, (int)bytes.len, XML_TRUE);
    if (b->rc)
        return b->rc;
    if (status != XML_STATUS_OK)
        return not_xml(bytes, lib.GetErrorCode(b->parser), b->err);
    return ERR_OK;
}

enum err_code xml_parse(struct sv bytes, struct arena *arena, struct xml **root, struct err *err)
{
    static const XML_Memory_Handling_Suite memory = {mem_alloc, resize, mem_free};
    struct builder b = {.arena = arena, .err = err};
    enum err_code rc;

    if (bytes.len > BYTES_MAX)
        return err_set(err, ERR_LIMIT, "XML over %d bytes", BYTES_MAX);
    rc = load(err);
    if (rc)
        return rc;
    b.parser = lib.ParserCreate_MM(NULL, &memory, NULL);
    if (b.parser == NULL)
        return mem_err(err);
    sb_init(&b.text, BYTES_MAX);
    rc = build(&b, bytes);
    sb_release(&b.text);
    lib.ParserFree(b.parser);
    if (rc == ERR_OK)
        *root = b.root;
    return rc;
}

static const struct xml *child_named(const struct xml *node, struct sv name)
{
    const struct xml *child = node == NULL ? NULL : node->child;

    while (child != NULL && !sv_eq(child->name, name))
        child = child->next;
    return child;
}

const struct xml *xml_get(const struct xml *node, const char *name)
{
    return child_named(node, sv_of(name));
}

struct sv xml_text(const struct xml *node, const char *path)
{
    struct sv rest = sv_of(path);

    while (node != NULL && rest.len > 0)
        node = child_named(node, sv_cut(rest, '/', &rest));
    return node == NULL ? SV_NONE : node->text;
}
