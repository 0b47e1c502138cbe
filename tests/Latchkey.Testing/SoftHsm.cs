using System.Runtime.InteropServices;

namespace Latchkey.Testing;

/// <summary>A SoftHSM with tokens of its own, in a folder that goes with it. A module belongs to a process: what this one uses in itself is <see cref="InThisProcess"/>.</summary>
public sealed partial class SoftHsm : IDisposable
{
    public const string Pin = "7391-pin";

    private static readonly Lazy<SoftHsm> Ours = new(() =>
    {
        var ours = new SoftHsm();
        // SoftHSM reads the process's environment, of which .NET keeps a copy, which child processes get.
        System.Environment.SetEnvironmentVariable("SOFTHSM2_CONF", ours.Configuration);
        _ = setenv("SOFTHSM2_CONF", ours.Configuration, 1);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => ours.Dispose();
        return ours;
    });

    private readonly TemporaryFolder _folder = new();

    public SoftHsm()
    {
        Directory.CreateDirectory(_folder.File("tokens"));
        Configuration = _folder.Write("softhsm2.conf", $"directories.tokendir = {_folder.File("tokens")}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");
        PinFile = _folder.Write("pin", Pin + "\n");
    }

    /// <summary>Tokens have to be added before a key of any of them is opened.</summary>
    public static SoftHsm InThisProcess => Ours.Value;

    public static string Module { get; } = new[] { "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so" }
        .FirstOrDefault(File.Exists) ?? "/usr/lib/softhsm/libsofthsm2.so";

    public string Configuration { get; }

    public string PinFile { get; }

    /// <summary>For the processes that are to see these tokens.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?> { ["SOFTHSM2_CONF"] = Configuration };

    public string Tokens => _folder.File("tokens");

    public static void SkipUnlessInstalled() => Tool.SkipUnless("softhsm2-util");

    public Task AddTokenAsync(string token) =>
        RunAsync("--init-token", "--free", "--label", token, "--so-pin", "so-" + Pin, "--pin", Pin);

    /// <summary>Puts a key there, as <c>object=name</c>.</summary>
    public async Task ImportAsync(string token, TestCertificate key, string name, string id)
    {
        var file = _folder.Write($"{Guid.NewGuid():N}.key", key.PrivateKeyPem);
        await RunAsync("--import", file, "--token", token, "--label", name, "--id", id, "--pin", Pin);
        File.Delete(file);
    }

    public string Uri(string token, string name, int sessions = 4, string? module = null, string? pinFile = null) =>
        $"pkcs11:token={token};object={name}?module-path={module ?? Module}&pin-source={pinFile ?? PinFile}&x-sessions={sessions}";

    public string Write(string name, string content) => _folder.Write(name, content);

    public void Dispose() => _folder.Dispose();

    private async Task RunAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(Tool.SkipUnless("softhsm2-util"), arguments, environment: Environment);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"softhsm2-util {arguments[0]}: {result.Output}{result.Errors}");
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setenv(string name, string value, int overwrite);
}
