using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Splitting.Threshold;

namespace Latchkey.Splitting;

/// <summary>Writes the shares of an RSA key (X5): one file for each key server, and one that is public for whoever combines.</summary>
internal static class RsaSharing
{
    private static readonly byte[] Trial = "a trial of the shares"u8.ToArray();

    /// <exception cref="IOException">The key cannot be read or shared, or a file is there already.</exception>
    /// <exception cref="KeyPartException">The shares that were written do not sign; the key has not been destroyed.</exception>
    public static void Share(string file, string? passphraseFile, (int Threshold, int Count) numbers, string target, bool destroy, TextWriter output)
    {
        var shares = Make(file, passphraseFile, numbers);
        var key = shares[0].Key;
        output.WriteLine($"key {Convert.ToHexStringLower(key.Identifier.Span)} (SHA-256 of its SubjectPublicKeyInfo), {key.Threshold} of {key.Count} shares needed");
        var written = new List<string>();
        foreach (var share in shares)
        {
            using (share)
            using (var pem = share.ToPem())
                SecretFiles.Write($"{target}-{share.Number}.share", pem.Span);
            written.Add($"{target}-{share.Number}.share");
            output.WriteLine($"share {share.Number}: {written[^1]}");
        }
        SecretFiles.Write($"{target}.threshold", key.ToPem());
        output.WriteLine($"public: {target}.threshold");
        Try(written, key);
        if (!destroy)
            return;
        SecretFiles.Destroy(file);
        output.WriteLine($"destroyed: {file} (what a file system, a disk or a backup copied before is not)");
    }

    private static IReadOnlyList<ThresholdShare> Make(string file, string? passphraseFile, (int Threshold, int Count) numbers)
    {
        using var pkcs8 = WholeKeyFile.Read(file, passphraseFile, out var subjectPublicKeyInfo);
        try
        {
            return ThresholdDealer.Split(pkcs8.Span, subjectPublicKeyInfo, numbers.Threshold, numbers.Count);
        }
        catch (CryptographicException e)
        {
            throw new IOException($"{file}: {e.Message}", e);
        }
    }

    // Each share once, from the disk: what is about to be destroyed exists nowhere else.
    private static void Try(List<string> files, ThresholdKey key)
    {
        var partials = files.Select(SignWith).ToList();
        using var verifier = CryptoProvider.Default.ImportPublicKey(key.SubjectPublicKeyInfo.Span);
        for (var i = 0; i < partials.Count; i++)
        {
            var chosen = Enumerable.Range(i, key.Threshold).Select(number => partials[number % partials.Count]).ToList();
            if (ThresholdSignature.Combine(key, SignatureScheme.RsaPssRsaeSha256, Trial, chosen) is not { } signature || !verifier.Verify(SignatureScheme.RsaPssRsaeSha256, Trial, signature))
                throw new KeyPartException("The shares that were written do not sign together: the key has not been destroyed.");
        }
    }

    private static PartialSignature SignWith(string file)
    {
        var bytes = SecretFiles.Read(file);
        try
        {
            using var share = ThresholdShare.TryRead(bytes) ?? throw new KeyPartException($"{file}: there is no share of a key in it.");
            return share.SignPartially(SignatureScheme.RsaPssRsaeSha256, Trial);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
