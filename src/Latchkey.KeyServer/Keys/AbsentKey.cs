using Latchkey.Crypto;

namespace Latchkey.KeyServer.Keys;

/// <summary>The private key of a certificate whose ticket keys are here and which is itself elsewhere: no rule allows an operation that asks for it (<see cref="Policy.KeyOperations.TicketKeys"/>).</summary>
/// <param name="verifier">Its public half; lent.</param>
internal sealed class AbsentKey(PublicKey verifier) : PrivateKey
{
    public override KeyAlgorithm Algorithm => verifier.Algorithm;

    public override int KeySizeBits => verifier.KeySizeBits;

    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => verifier.SubjectPublicKeyInfo;

    public override bool ServesRsaKeyExchange => false;

    public override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message) => throw NotHere();

    public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash) => throw NotHere();

    public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion) => throw NotHere();

    public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) => throw NotHere();

    public override void Dispose()
    {
    }

    private static InvalidOperationException NotHere() => new("The private key is not here: of its certificate there are ticket keys alone.");
}
