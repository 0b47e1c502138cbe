using Latchkey.Client;
using Latchkey.Crypto;

namespace Latchkey.KeyServer.Keys.Remote;

/// <summary>Told where another key server can still be asked, and this one be left alone (attack 16).</summary>
internal static class WrongSignature
{
    public static string? In(in KeylessReply reply, PublicKey verifier, SignatureScheme scheme, byte[] message) =>
        verifier.Verify(scheme, message, reply.Payload.Span) ? null : "a signature that does not verify";
}
