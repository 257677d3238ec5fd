#include "core/sandbox/exchange.h"

#include <stdarg.h>

#include "core/sandbox/wire.h"

struct sv request_header(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (sv_eq_nocase(request->headers[i].name, sv_of(name)))
            return request->headers[i].value;
    }
    return SV_NONE;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum err_code form_decode(struct sv text, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < text.len && !rc; i++) {
        char c = text.ptr[i];

        if (c == '%' && i + 2 < text.len && hex(text.ptr[i + 1]) >= 0 &&
            hex(text.ptr[i + 2]) >= 0) {
            c = (char)(hex(text.ptr[i + 1]) * 16 + hex(text.ptr[i + 2]));
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        rc = sb_addc(out, c, err);
    }
    return rc;
}

static bool find_param(struct sv form, const char *name, struct sb *out)
{
    while (form.len > 0) {
        struct sv value;
        struct sv key = sv_cut(sv_cut(form, '&', &form), '=', &value);

        if (!sv_eq(key, sv_of(name)))
            continue;
        sb_clear(out);
        return form_decode(value, out, NULL) == ERR_OK;
    }
    return false;
}

bool request_param(const struct request *request, const char *name, struct sb *out)
{
    return find_param(request->body, name, out) || find_param(request->query, name, out);
}

void reply_init(struct reply *reply)
{
    *reply = (struct reply){.status = 200, .content_type = "application/x-amz-json-1.1"};
    sb_init(&reply->body, REPLY_BODY_MAX);
}

void reply_release(struct reply *reply)
{
    sb_release(&reply->body);
}

static void fail_json(struct reply *reply, const char *code, const char *message)
{
    struct jw w;

    reply->content_type = "application/x-amz-json-1.1";
    jw_init(&w, &reply->body, NULL);
    jw_open(&w, '{');
    jw_put_sv(&w, "__type", sv_of(code));
    /* The authorizer in front of the services writes it with a capital. */
    jw_put_sv(&w, strcmp(code, "AccessDeniedException") == 0 ? "Message" : "message",
              sv_of(message));
    jw_close(&w, '}');
    if (jw_done(&w))
        sb_clear(&reply->body);
}

void reply_header(struct reply *reply, const char *name, const char *fmt, ...)
{
    struct reply_header *header = &reply->headers[reply->header_count];
    va_list args;
    int len;

    if (reply->header_count == REPLY_HEADERS_MAX)
        return;
    va_start(args, fmt);
    len = vsnprintf(header->value, sizeof header->value, fmt, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof header->value || strlen(name) >= sizeof header->name)
        return;
    (void)snprintf(header->name, sizeof header->name, "%s", name);
    reply->header_count++;
}

enum err_code xml_escape(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (; text.len > 0 && !rc; text = sv_drop(text, 1)) {
        unsigned char c = (unsigned char)text.ptr[0];

        if (c == '<')
            rc = sb_add(out, SV("&lt;"), err);
        else if (c == '>')
            rc = sb_add(out, SV("&gt;"), err);
        else if (c == '&')
            rc = sb_add(out, SV("&amp;"), err);
        else if (c == '\r')
            rc = sb_add(out, SV("&#13;"), err);
        else
            rc = sb_addc(out, c < 0x20 && c != '\n' && c != '\t' ? '?' : (char)c, err);
    }
    return rc;
}

static const char *namespace_of(struct sv service)
{
    const struct wire *wire = wire_of(service);

    return wire == NULL || wire->dialect != DIALECT_QUERY
               ? "https://sts.amazonaws.com/doc/2011-06-15/"
               : wire->name;
}

static void fail_xml(struct reply *reply, const char *code, const char *message)
{
    struct sb *out = &reply->body;
    bool is_s3 = reply->dialect == DIALECT_S3;
    enum err_code rc = ERR_OK;

    reply->content_type = is_s3 ? "application/xml" : "text/xml";
    if (is_s3)
        rc = sb_addf(out, NULL,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>",
                     code);
    else
        rc = sb_addf(out, NULL,
                     "<ErrorResponse xmlns=\"%s\">\n  <Error>\n"
                     "    <Type>%s</Type>\n    <Code>%s</Code>\n    <Message>",
                     namespace_of(reply->service), reply->status < 500 ? "Sender" : "Receiver",
                     code);
    if (!rc)
        rc = xml_escape(out, sv_of(message), NULL);
    if (!rc && is_s3)
        rc = sb_addf(out, NULL,
                     "</Message><RequestId>%s</RequestId><HostId>sandbox</HostId></Error>",
                     reply->request_id);
    else if (!rc)
        rc = sb_addf(out, NULL,
                     "</Message>\n  </Error>\n  <RequestId>%s</RequestId>\n</ErrorResponse>\n",
                     reply->request_id);
    if (rc)
        sb_clear(out);
}

void reply_fail(struct reply *reply, enum dialect dialect, int status, const char *code,
                const char *fmt, ...)
{
    char message[2048];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    sb_clear(&reply->body);
    reply->status = status;
    (void)snprintf(reply->error, sizeof reply->error, "%s", code);
    reply->dialect = dialect;
    if (dialect == DIALECT_JSON)
        fail_json(reply, code, message);
    else
        fail_xml(reply, code, message);
}
