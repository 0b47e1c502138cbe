using System.Security.Cryptography;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Transfer;

/// <summary>100 MB each way, hash compared.</summary>
public sealed class BulkTests(SharedSites shared)
{
    private const long Size = 100_000_000;
    private const string Host = "ecdsa.example.test";

    public static TheoryData<string, string> Ways => new(from http in new[] { "http1.1", "http2" } from version in new[] { "1.2", "1.3" } select (http, version));

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_hundred_megabytes_come_down_unharmed(string http, string version)
    {
        var sites = await shared.GetDeploymentAsync();
        using var folder = new TemporaryFolder();
        var result = await CurlClient.RunAsync(
            sites, Host, $"/download?bytes={Size}", [$"--{http}", $"--tlsv{version}", "--tls-max", version, "-o", folder.File("down")], timeout: TimeSpan.FromSeconds(100));
        result.Succeeded();
        await using var file = File.OpenRead(folder.File("down"));
        Assert.Equal(Size, file.Length);
        Assert.Equal(Origin.HashOf(Size), Convert.ToHexStringLower(await SHA256.HashDataAsync(file, TestContext.Current.CancellationToken)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_hundred_megabytes_go_up_unharmed(string http, string version)
    {
        var sites = await shared.GetDeploymentAsync();
        using var folder = new TemporaryFolder();
        await WriteAsync(folder.File("up"));
        var result = await CurlClient.RunAsync(
            sites, Host, "/upload", [$"--{http}", $"--tlsv{version}", "--tls-max", version, "-T", folder.File("up"), "-X", "POST"], timeout: TimeSpan.FromSeconds(100));
        Assert.Equal($"{Size} {Origin.HashOf(Size)}", result.Succeeded().Output.TrimEnd());
    }

    private static async Task WriteAsync(string path)
    {
        await using var file = File.Create(path);
        var piece = new byte[1 << 20];
        for (long position = 0; position < Size; position += piece.Length)
        {
            var part = piece.AsMemory(0, (int)Math.Min(piece.Length, Size - position));
            Origin.Fill(part.Span, position);
            await file.WriteAsync(part);
        }
    }
}
