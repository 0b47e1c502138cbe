namespace Latchkey.Crypto.Libcrypto;

/// <summary>An ephemeral pair on P-256, P-384 or Curve25519.</summary>
internal sealed unsafe class LibcryptoKeyExchange : KeyExchange
{
    private readonly KeyHandle _pair;
    private readonly byte[] _publicValue;

    internal LibcryptoKeyExchange(NamedGroup group) : this(group, KeyPairTemplate.For(group).Generate())
    {
    }

    private LibcryptoKeyExchange(NamedGroup group, KeyHandle pair)
    {
        Group = group;
        _pair = pair;
        _publicValue = LibcryptoPublicValue.Of(_pair, group);
    }

    internal static LibcryptoKeyExchange FromPrivateValue(NamedGroup group, ReadOnlySpan<byte> value)
    {
        using SecretBytes pkcs8 = PrivateKeyForm.WrapPrivateValue(group, value);
        return new LibcryptoKeyExchange(group, LibcryptoPrivateKey.Read(pkcs8.Span));
    }

    /// <inheritdoc/>
    public override NamedGroup Group { get; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> PublicValue => _publicValue;

    /// <summary>The public value as handed to a <see cref="KeyExchangeAnswer"/>.</summary>
    internal byte[] PublicValueBytes => _publicValue;

    /// <inheritdoc/>
    public override SecretBytes? DeriveSharedSecret(ReadOnlySpan<byte> peerPublicValue)
    {
        if (!Group.HasRightForm(peerPublicValue))
            return null;
        using KeyHandle? peer = ReadPeer(peerPublicValue);
        return peer is null ? null : Derive(peer);
    }

    /// <inheritdoc/>
    public override SecretBytes ExportPrivateValue() => LibcryptoPrivateValue.Of(_pair, Group);

    /// <inheritdoc/>
    public override void Dispose() => _pair.Dispose();

    private KeyHandle? ReadPeer(ReadOnlySpan<byte> value)
    {
        if (Group != NamedGroup.X25519)
            return LibcryptoPublicValue.Read(_pair, value);
        fixed (byte* pointer = value)
            return new KeyHandle(Native.EVP_PKEY_new_raw_public_key_ex(0, "X25519", 0, pointer, (nuint)value.Length));
    }

    private SecretBytes? Derive(KeyHandle peer)
    {
        // The curves have prime order, so "on the curve, in uncompressed form" is all of SP 800-56A's check; libcrypto's own
        // (validate = 1) multiplies by the order once more: 59 µs for nothing.
        const int dontValidateAgain = 0;
        nint context = Native.EVP_PKEY_CTX_new_from_pkey(0, _pair.Pointer, 0);
        var secret = new SecretBytes(Group.SecretSize());
        bool done = false;
        try
        {
            nuint length = (nuint)secret.Length;
            fixed (byte* output = secret.Span)
            {
                done = context != 0
                    && Native.EVP_PKEY_derive_init_ex(context, 0) == 1
                    && Native.EVP_PKEY_derive_set_peer_ex(context, peer.Pointer, dontValidateAgain) == 1
                    && Native.EVP_PKEY_derive(context, output, &length) == 1
                    && length == (nuint)secret.Length;
            }
            // RFC 7748 §6.1, RFC 8446 §7.4.2: an all-zero X25519 secret means a point of small order. libcrypto refuses it too.
            // On the NIST curves x = 0 is a point like any other.
            done = done && !(Group == NamedGroup.X25519 && secret.FixedTimeEquals(stackalloc byte[secret.Length]));
        }
        finally
        {
            Native.EVP_PKEY_CTX_free(context);
            if (!done)
            {
                LibcryptoError.Clear();
                secret.Dispose();
            }
        }
        return done ? secret : null;
    }
}
