using Latchkey.Crypto;

namespace Latchkey.KeyStores.Pkcs11;

/// <summary>A private key on a token. Its handle is looked up anew when the token has been opened anew.</summary>
internal sealed class Pkcs11PrivateKey : DeviceKey
{
    private const nuint MechanismRsaPkcs = 0x01, MechanismRsaX509 = 0x03, MechanismRsaPss = 0x0D, MechanismEcdsa = 0x1041;
    private const int MostSignature = 1024; // RSA of 8,192 bits

    private readonly Pkcs11Token _token;
    private readonly Pkcs11Uri _uri;
    private Place _place;

    private Pkcs11PrivateKey(Pkcs11Token token, Pkcs11Uri uri, Place place, byte[] publicHalf)
        : base(publicHalf)
    {
        _token = token;
        _uri = uri;
        _place = place;
    }

    /// <exception cref="KeyStoreException">No such key, or not the right kind.</exception>
    public static Pkcs11PrivateKey Open(Pkcs11Token token, Pkcs11Uri uri) => token.Use((functions, session) =>
    {
        var handle = Pkcs11Objects.FindPrivateKey(functions, session.Handle, uri);
        return new Pkcs11PrivateKey(token, uri, new Place(session.Epoch, handle), Pkcs11Objects.ReadPublicHalf(functions, session.Handle, handle, uri));
    });

    /// <inheritdoc/>
    protected override byte[] SignHash(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        var input = padding == SignaturePadding.Pkcs1 ? ToDigestInfo(digest, hash) : hash.ToArray();
        var signature = _token.Use((functions, session) => Sign(functions, session, digest, padding, input));
        return padding == SignaturePadding.None ? ToDer(signature) : signature;
    }

    /// <inheritdoc/>
    protected override SecretBytes Decrypt(ReadOnlySpan<byte> ciphertext)
    {
        var input = ciphertext.ToArray();
        return _token.Use((functions, session) =>
        {
            var block = new SecretBytes(input.Length);
            var length = functions.Decrypt(session.Handle, HandleIn(functions, session), MechanismRsaX509, input, block.Span);
            // The standard wants the modulus' length; a module that leaves out zeros is helped, in a time that depends on their number and nothing behind them.
            block.Span[..length].CopyTo(block.Span[(input.Length - length)..]);
            block.Span[..(input.Length - length)].Clear();
            return block;
        });
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        // The token belongs to the store.
    }

    private unsafe byte[] Sign(Cryptoki functions, Pkcs11Session session, DigestAlgorithm digest, SignaturePadding padding, byte[] input)
    {
        var (hash, mgf) = PssNumbers(digest);
        var pss = stackalloc nuint[] { hash, mgf, (nuint)digest.SizeInBytes() };
        var mechanism = padding switch
        {
            SignaturePadding.Pkcs1 => new CryptokiMechanism { Type = MechanismRsaPkcs },
            SignaturePadding.Pss => new CryptokiMechanism { Type = MechanismRsaPss, Parameter = pss, ParameterLength = (nuint)(3 * sizeof(nuint)) },
            _ => new CryptokiMechanism { Type = MechanismEcdsa },
        };
        Span<byte> signature = stackalloc byte[MostSignature];
        var length = functions.Sign(session.Handle, HandleIn(functions, session), mechanism, input, signature);
        return signature[..length].ToArray();
    }

    // CK_RSA_PKCS_PSS_PARAMS: CKM_…, CKG_MGF1_….
    private static (nuint Hash, nuint Mgf) PssNumbers(DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Sha256 => (0x250, 2),
        DigestAlgorithm.Sha384 => (0x260, 3),
        DigestAlgorithm.Sha512 => (0x270, 4),
        DigestAlgorithm.Sha224 => (0x255, 5),
        _ => (0x220, 1),
    };

    private nuint HandleIn(Cryptoki functions, Pkcs11Session session)
    {
        var place = Volatile.Read(ref _place);
        if (place.Epoch == session.Epoch)
            return place.Handle;
        var handle = Pkcs11Objects.FindPrivateKey(functions, session.Handle, _uri);
        if (!Pkcs11Objects.ReadPublicHalf(functions, session.Handle, handle, _uri).AsSpan().SequenceEqual(SubjectPublicKeyInfo.Span))
            throw new KeyStoreException($"{_uri.Text}: another key is there than before (expected a reload)");
        Volatile.Write(ref _place, new Place(session.Epoch, handle));
        return handle;
    }

    private sealed record Place(int Epoch, nuint Handle);
}
