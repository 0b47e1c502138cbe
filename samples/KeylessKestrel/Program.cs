using Latchkey.Tls.AspNetCore;
using Microsoft.AspNetCore.Server.Kestrel.Core;

var builder = WebApplication.CreateBuilder(args);

builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(8443, listen => listen.UseKeylessHttps(o =>
{
    // The site's certificate. Its private key is at the key server and nowhere else.
    o.CertificatePath = "site.pem";
    o.KeyServer("127.0.0.1:2407", "edge.pem", "edge.key", "ca.pem");
})));

var app = builder.Build();

app.MapGet("/", (HttpContext context) =>
{
    var tls = context.Features.Get<IKeylessHandshakeFeature>()!;
    return $"""
        {context.Request.Protocol} {context.Request.Scheme}://{context.Request.Host}
        {tls.Handshake.Version}, {tls.Handshake.CipherSuite}, key exchange {tls.Handshake.Group}
        signed with {tls.Handshake.SignatureScheme} by a key that is not in this process; the handshake took {tls.Duration.TotalMilliseconds:0.0} ms

        """;
});

app.Run();
