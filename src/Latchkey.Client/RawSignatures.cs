using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>TLS signature schemes as the deployed protocol's raw operations.</summary>
internal static class RawSignatures
{
    /// <summary>The operation, and the digest to make first; null: the operation takes the whole message.</summary>
    public static (Opcode Operation, DigestAlgorithm? Digest) For(SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.RsaPkcs1Sha1 => (Opcode.RsaSignSha1, DigestAlgorithm.Sha1),
        SignatureScheme.RsaPkcs1Sha256 => (Opcode.RsaSignSha256, DigestAlgorithm.Sha256),
        SignatureScheme.RsaPkcs1Sha384 => (Opcode.RsaSignSha384, DigestAlgorithm.Sha384),
        SignatureScheme.RsaPkcs1Sha512 => (Opcode.RsaSignSha512, DigestAlgorithm.Sha512),
        SignatureScheme.EcdsaSecp256r1Sha256 => (Opcode.EcdsaSignSha256, DigestAlgorithm.Sha256),
        SignatureScheme.EcdsaSecp384r1Sha384 => (Opcode.EcdsaSignSha384, DigestAlgorithm.Sha384),
        SignatureScheme.RsaPssRsaeSha256 => (Opcode.RsaPssSignSha256, DigestAlgorithm.Sha256),
        SignatureScheme.RsaPssRsaeSha384 => (Opcode.RsaPssSignSha384, DigestAlgorithm.Sha384),
        SignatureScheme.RsaPssRsaeSha512 => (Opcode.RsaPssSignSha512, DigestAlgorithm.Sha512),
        SignatureScheme.Ed25519 => (Opcode.Ed25519Sign, null),
        _ => throw new KeyHolderFailedException($"The deployed protocol has no operation for {scheme}."),
    };
}
