namespace Latchkey.Tls.Sessions;

/// <summary>What a far holder of secrets is asked to make for the client at the end of a handshake (R2, R4, R9).</summary>
/// <param name="Facts">Go into the session; the holder adds the secret.</param>
/// <param name="SessionIdentifier">TLS 1.2: 32 bytes under which the holder is to keep the session; empty: it makes a ticket.</param>
/// <param name="Count">How many tickets; 1 in TLS 1.2.</param>
public sealed record SessionOffer(SessionFacts Facts, ReadOnlyMemory<byte> SessionIdentifier, int Count);
