namespace Latchkey.Checking;

/// <summary>One line of the table.</summary>
/// <param name="Site">Its first name.</param>
/// <param name="Certificate">File.</param>
/// <param name="Key">Kind of key, <c>EcdsaP256</c>.</param>
/// <param name="Holder">Who has it: a key server's name and address, or <c>local</c>.</param>
/// <param name="Handshake"><c>TLS 1.3</c> or <c>TLS 1.2</c>.</param>
/// <param name="Passed">Whether a client accepted the signature.</param>
/// <param name="Outcome">Scheme and time, or what went wrong.</param>
internal sealed record CheckResult(string Site, string Certificate, string Key, string Holder, string Handshake, bool Passed, string Outcome);
