using System.Diagnostics;
using System.Security.Cryptography;

namespace Latchkey.Crypto.Tests;

/// <summary>Lucky Thirteen: how long a forged record takes to be refused must not tell what its padding was.</summary>
[Trait("Catalogue", "G5")]
public sealed class RecordTimingTests
{
    private const int Rounds = 4000;
    private const int Size = 320;

    [Theory]
    [InlineData(DigestAlgorithm.Sha1)]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Sha384)]
    public void Forged_records_are_refused_in_the_same_time_whatever_their_padding(DigestAlgorithm mac)
    {
        using MacThenEncrypt cipher = Providers.Named(Providers.Libcrypto).CreateMacThenEncrypt(mac, new byte[16], new byte[mac.SizeInBytes()]);
        byte[] iv = new byte[16], header = new byte[MacThenEncrypt.HeaderSize];
        double[] least = [];
        // A difference that is there is there every time; one that the machine's load makes is not.
        for (int attempt = 0; attempt < 3; attempt++)
        {
            least = Measure(buffer => cipher.TryOpen(iv, header, buffer, out _));
            if (IsFlat(least))
                return;
        }
        Assert.Fail(Show(least));
    }

    [Fact]
    public void The_measurement_would_notice_an_implementation_that_stops_early_or_hashes_only_the_content()
    {
        byte[] key = new byte[16], macKey = new byte[20], iv = new byte[16];
        using AesCbc cipher = Providers.Named(Providers.Libcrypto).CreateAesCbc(key);
        using Hmac hmac = CryptoProvider.Default.CreateHmac(DigestAlgorithm.Sha1, macKey);
        byte[] code = new byte[20];
        double[] least = Measure(buffer =>
        {
            int length = cipher.TryDecrypt(iv, buffer, out int found) ? found : buffer.Length;
            hmac.Append(buffer.AsSpan(0, Math.Max(0, length - 20)));
            hmac.Finish(code);
            return false;
        });
        Assert.False(IsFlat(least), Show(least));
    }

    /// <summary>The least time of many, in µs: interleaved, so that load from outside meets all alike.</summary>
    private static double[] Measure(Func<byte[], bool> open)
    {
        byte[][] plaintexts =
        [
            [.. RandomNumberGenerator.GetBytes(Size - 1), 0],
            [.. RandomNumberGenerator.GetBytes(Size - 16), .. Enumerable.Repeat((byte)15, 16)],
            [.. RandomNumberGenerator.GetBytes(Size - 256), .. Enumerable.Repeat((byte)255, 256)],
            [.. RandomNumberGenerator.GetBytes(Size - 2), 0x55, 0xAA],
        ];
        using Aes aes = Aes.Create();
        aes.Key = new byte[16];
        byte[][] records = [.. plaintexts.Select(plaintext => aes.EncryptCbc(plaintext, new byte[16], PaddingMode.None))];
        double[] least = [.. records.Select(_ => double.MaxValue)];
        byte[] buffer = new byte[Size];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < records.Length; i++)
            {
                records[i].CopyTo(buffer, 0);
                long start = Stopwatch.GetTimestamp();
                bool opened = open(buffer);
                least[i] = Math.Min(least[i], (Stopwatch.GetTimestamp() - start) * 1e6 / Stopwatch.Frequency);
                Assert.False(opened);
            }
        }
        return least;
    }

    private static bool IsFlat(double[] least) => least.Max() < least.Min() * 1.05;

    private static string Show(double[] least) => string.Join(" µs, ", least);
}
