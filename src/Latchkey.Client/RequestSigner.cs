using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>Signs requests with a key that only this edge has (L3). Thread-safe.</summary>
/// <param name="key">Lent.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestSigner(PrivateKey key, TimeProvider time)
{
    private readonly byte[] _id = SHA256.HashData(key.SubjectPublicKeyInfo.Span);

    /// <summary>What pings, the first exchange and the question for news say needs no signature.</summary>
    public static bool Covers(Opcode opcode) => opcode is not (Opcode.Ping or Opcode.Capabilities or Opcode.FollowTicketKeys);

    /// <summary>The item for a request, which has none yet.</summary>
    public byte[] Sign(scoped in OutgoingItems items, ReadOnlySpan<byte> binding)
    {
        var nonce = RandomNumberGenerator.GetBytes(RequestSignature.NonceSize);
        var scheme = SchemeOf(key.Algorithm);
        var terms = new RequestSignature { Scheme = (ushort)scheme, Key = _id, Time = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds(), Nonce = nonce };
        var covered = KeylessEncoder.EncodeItems(items);
        var content = terms.Content(binding, covered);
        try
        {
            var item = new FieldWriter(RequestSignature.MaxSize);
            new RequestSignature { Scheme = terms.Scheme, Key = _id, Time = terms.Time, Nonce = nonce, Signature = key.Sign(scheme, content) }.Write(ref item);
            return item.Written.ToArray();
        }
        finally
        {
            // Session states and parts of keys are signed, too.
            CryptographicOperations.ZeroMemory(covered);
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static SignatureScheme SchemeOf(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.Rsa => SignatureScheme.RsaPssRsaeSha256,
        KeyAlgorithm.EcdsaP256 => SignatureScheme.EcdsaSecp256r1Sha256,
        KeyAlgorithm.EcdsaP384 => SignatureScheme.EcdsaSecp384r1Sha384,
        KeyAlgorithm.Ed25519 => SignatureScheme.Ed25519,
        _ => throw new NotSupportedException($"Requests are not signed with {algorithm}."),
    };
}
