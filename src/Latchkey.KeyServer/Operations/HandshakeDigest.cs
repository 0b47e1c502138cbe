using System.Security.Cryptography;

namespace Latchkey.KeyServer.Operations;

/// <summary>What the audit log calls a TLS 1.2 handshake whose secrets were derived: SHA-256(client random ‖ server random), which anybody who saw the hellos can compute.</summary>
internal static class HandshakeDigest
{
    public static byte[] Of(ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom)
    {
        Span<byte> both = stackalloc byte[clientRandom.Length + serverRandom.Length];
        clientRandom.CopyTo(both);
        serverRandom.CopyTo(both[clientRandom.Length..]);
        return SHA256.HashData(both);
    }
}
