using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyStores;

namespace Latchkey.KeyServer.Keys;

/// <summary>
/// A private key with what it is found by and where it came from. Operations lease it: the key is freed when the set it
/// belongs to has been replaced and the last lease has been returned, so a reload never pulls a key from under a signature.
/// </summary>
internal sealed class StoredKey
{
    private readonly LeaseCount _leases = new();

    public StoredKey(OpenedKey opened, PublicKey verifier, KeySource source, string file)
    {
        var key = opened.Key;
        Private = key;
        Device = opened.Device;
        Concurrency = opened.Concurrency;
        Public = verifier;
        Source = source;
        File = file;
        Ski = KeyIds.Ski(key.SubjectPublicKeyInfo);
        Id = Convert.ToHexStringLower(Ski);
        ModulusDigest = KeyIds.ModulusDigest(key.Algorithm, key.SubjectPublicKeyInfo);
        EstimatedMicroseconds = opened.Device is null ? Estimate(key) : DeviceMicroseconds;
    }

    private StoredKey(StoredKey origin, PrivateKey key)
    {
        Origin = origin;
        Private = key;
        (Device, Concurrency, Public, Source, File, Id) = (origin.Device, origin.Concurrency, origin.Public, origin.Source, origin.File, origin.Id);
        (Ski, ModulusDigest, EstimatedMicroseconds) = (origin.Ski, origin.ModulusDigest, origin.EstimatedMicroseconds);
        (Certificates, Names, NamePatterns) = (origin.Certificates, origin.Names, origin.NamePatterns);
    }

    /// <summary>The same key with another private half, for one operation while this one is leased (S4). It is neither leased nor released.</summary>
    public StoredKey ForOneOperation(PrivateKey key) => new(this, key);

    /// <summary>What a lease that outlives the operation is taken of: this key, or the one that this stands in for.</summary>
    public StoredKey Origin { get => field ?? this; }

    /// <summary>Signs and decrypts; valid while leased.</summary>
    public PrivateKey Private { get; }

    /// <summary>Verifies what was signed; valid while leased.</summary>
    public PublicKey Public { get; }

    /// <summary>The configuration's entry that named it.</summary>
    public KeySource Source { get; }

    /// <summary>The file it was read from, or its URI.</summary>
    public string File { get; }

    /// <summary>What computes with it, where that is not this process.</summary>
    public string? Device { get; }

    /// <summary>Operations that the device does at once.</summary>
    public int Concurrency { get; }

    /// <summary>20 bytes.</summary>
    public byte[] Ski { get; }

    /// <summary>The same in lower-case hexadecimal.</summary>
    public string Id { get; }

    /// <summary>32 bytes; null for keys other than RSA.</summary>
    public byte[]? ModulusDigest { get; }

    /// <summary>What one private operation costs, roughly: the unit of the queue's fairness, never a promise.</summary>
    public int EstimatedMicroseconds { get; }

    /// <summary>Certificates found for this key: SHA-256 fingerprints and the names they carry.</summary>
    public IReadOnlyList<KeyCertificate> Certificates { get; private set; } = [];

    /// <summary>Names of all <see cref="Certificates"/>.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>The same, to look a name up in.</summary>
    public NamePatterns NamePatterns { get; private set; } = NamePatterns.None;

    /// <summary>While loading: adds a certificate whose public key is this one's.</summary>
    public void Add(KeyCertificate certificate)
    {
        if (Certificates.Any(c => c.Fingerprint.AsSpan().SequenceEqual(certificate.Fingerprint)))
            return;
        Certificates = [.. Certificates, certificate];
        Names = [.. Names.Union(certificate.Names, StringComparer.Ordinal)];
        NamePatterns = new NamePatterns(Names);
    }

    /// <summary>Keeps the key alive until <see cref="Release"/>; false where it has been freed already.</summary>
    public bool TryLease() => _leases.TryTake();

    /// <summary>Returns a lease, or the set's own hold on the key.</summary>
    public void Release()
    {
        if (!_leases.Return())
            return;
        Private.Dispose();
        Public.Dispose();
    }

    // A device's operation is a slice by itself: what it takes depends on the device, and replies need not wait for each other.
    private const int DeviceMicroseconds = 1000;

    // Measured at 2.5 GHz with OpenSSL 3.0: P-256 25 µs, Ed25519 54 µs, RSA-2048 650 µs; RSA grows with the cube of the size.
    private static int Estimate(PrivateKey key) => key.Algorithm switch
    {
        KeyAlgorithm.EcdsaP256 => 30,
        KeyAlgorithm.EcdsaP384 => 900,
        KeyAlgorithm.Ed25519 => 60,
        KeyAlgorithm.Dsa => 300,
        _ => (int)Math.Clamp(650.0 * Math.Pow(key.KeySizeBits / 2048.0, 3), 100, 100_000),
    };
}

/// <summary>A certificate that carries a stored key's public half.</summary>
/// <param name="Fingerprint">SHA-256 of the DER, 32 bytes (I3).</param>
/// <param name="Names">DNS names of its SAN, lower-cased; <c>*.example.test</c> among them (I1).</param>
internal sealed record KeyCertificate(byte[] Fingerprint, IReadOnlyList<string> Names);
