using Latchkey.Crypto;

namespace Latchkey.KeyServer.Tests;

/// <summary>The default provider on hardware that breaks: from then on every signature of its private keys has one bit wrong.</summary>
internal class FaultyProvider : CryptoProvider
{
    private static readonly CryptoProvider Sound = CryptoProvider.Default;

    /// <summary>Set once the keys have been loaded: a key that is faulty by then is refused by its file.</summary>
    public bool IsBroken { get; set; }

    public override string Name => "faulty";

    public override Aead CreateAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key) => Sound.CreateAead(algorithm, key);

    public override AesCbc CreateAesCbc(ReadOnlySpan<byte> key) => Sound.CreateAesCbc(key);

    public override bool SupportsMacThenEncrypt => Sound.SupportsMacThenEncrypt;

    public override MacThenEncrypt CreateMacThenEncrypt(DigestAlgorithm mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> macKey) => Sound.CreateMacThenEncrypt(mac, key, macKey);

    public override RunningHash CreateHash(DigestAlgorithm algorithm) => Sound.CreateHash(algorithm);

    public override void Hash(DigestAlgorithm algorithm, ReadOnlySpan<byte> data, Span<byte> destination) => Sound.Hash(algorithm, data, destination);

    public override Hmac CreateHmac(DigestAlgorithm algorithm, ReadOnlySpan<byte> key) => Sound.CreateHmac(algorithm, key);

    public override bool Supports(NamedGroup group) => Sound.Supports(group);

    public override bool Supports(KeyAlgorithm algorithm) => Sound.Supports(algorithm);

    public override KeyExchange CreateKeyExchange(NamedGroup group) => Sound.CreateKeyExchange(group);

    public override KeyExchange ImportKeyExchange(NamedGroup group, ReadOnlySpan<byte> privateValue) => Sound.ImportKeyExchange(group, privateValue);

    public override KeyExchangeAnswer? AnswerKeyExchange(NamedGroup group, ReadOnlySpan<byte> peerPublicValue) => Sound.AnswerKeyExchange(group, peerPublicValue);

    public override bool IsPublicValue(NamedGroup group, ReadOnlySpan<byte> publicValue) => Sound.IsPublicValue(group, publicValue);

    public override PublicKey ImportPublicKey(ReadOnlySpan<byte> subjectPublicKeyInfo) => Sound.ImportPublicKey(subjectPublicKeyInfo);

    public override PrivateKey ImportPrivateKey(ReadOnlySpan<byte> pkcs8) => new FaultyKey(this, Sound.ImportPrivateKey(pkcs8));

    public override SecretBytes DecryptPkcs8(ReadOnlySpan<byte> encryptedPkcs8, ReadOnlySpan<byte> passphrase) => Sound.DecryptPkcs8(encryptedPkcs8, passphrase);

    /// <summary>A digest is about to be signed.</summary>
    protected virtual void Signing(ReadOnlySpan<byte> hash)
    {
    }

    private sealed class FaultyKey(FaultyProvider provider, PrivateKey sound) : PrivateKey
    {
        public override KeyAlgorithm Algorithm => sound.Algorithm;

        public override int KeySizeBits => sound.KeySizeBits;

        public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => sound.SubjectPublicKeyInfo;

        public override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message) => Spoilt(sound.Sign(scheme, message));

        public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
        {
            provider.Signing(hash);
            return Spoilt(sound.SignDigest(digest, padding, hash));
        }

        public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion) => sound.DecryptPremaster(encryptedPremaster, clientVersion);

        public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) => sound.DecryptRaw(ciphertext);

        public override void Dispose() => sound.Dispose();

        private byte[] Spoilt(byte[] signature)
        {
            if (provider.IsBroken)
                signature[^1] ^= 1;
            return signature;
        }
    }
}
