namespace Latchkey.Interop.Clients;

/// <summary>What a client says it got.</summary>
/// <param name="Version"><c>1.2</c> or <c>1.3</c>.</param>
/// <param name="Suite">In the client's own notation.</param>
/// <param name="Certificate">The server's leaf, DER.</param>
/// <param name="Application">What ALPN agreed on, empty where the client does not say.</param>
/// <param name="Body">The response's body, or an output that contains it.</param>
public sealed record Visit(string Version, string Suite, byte[] Certificate, string Application, string Body);
