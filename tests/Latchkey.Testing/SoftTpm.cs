using System.Net.Sockets;

namespace Latchkey.Testing;

/// <summary>A TPM 2.0 in software (swtpm) on a free port. It speaks with one program at a time: what is put into it is put there before anybody else opens it.</summary>
public sealed class SoftTpm : IAsyncDisposable
{
    /// <summary>Under which keys are wrapped.</summary>
    public const string Parent = "0x81000000";

    private readonly TemporaryFolder _folder = new();
    private ChildProcess? _process;

    private SoftTpm()
    {
        Directory.CreateDirectory(_folder.File("state"));
    }

    public int Port { get; private set; }

    /// <summary>For a key's URI.</summary>
    public string Device => $"swtpm:127.0.0.1:{Port}";

    public static void SkipUnlessInstalled() => Tool.SkipUnless("swtpm", "tpm2_createprimary", "tpm2_import", "tpm2_encodeobject");

    public static async Task<SoftTpm> StartAsync()
    {
        SkipUnlessInstalled();
        var tpm = new SoftTpm();
        // Its control channel is on the next port, where tpm2-tools look for it.
        for (var attempt = 0; ; attempt++)
        {
            tpm.Port = FreePort.Next(2);
            if (await tpm.TryBootAsync())
                break;
            if (attempt == 10)
                throw new InvalidOperationException($"swtpm does not start: {string.Join('\n', tpm._process!.Lines)}");
        }
        await tpm.RunAsync("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", tpm._folder.File("primary"));
        await tpm.RunAsync("tpm2_evictcontrol", "-Q", "-C", "o", "-c", tpm._folder.File("primary"), Parent);
        await tpm.RunAsync("tpm2_flushcontext", "-t");
        return tpm;
    }

    /// <summary>Imports a key and makes it persistent.</summary>
    /// <param name="handle">As in 0x81000001.</param>
    /// <param name="attributes">More than userwithauth: sign, decrypt.</param>
    /// <param name="authorization">What its use needs; null for nothing.</param>
    public async Task ImportAsync(TestCertificate key, string handle, string attributes = "sign|decrypt", string? authorization = null)
    {
        await WrapAsync(key, attributes, authorization);
        await RunAsync("tpm2_load", "-Q", "-C", Parent, "-u", _folder.File("key.pub"), "-r", _folder.File("key.priv"), "-c", _folder.File("key.ctx"));
        await RunAsync("tpm2_evictcontrol", "-Q", "-C", "o", "-c", _folder.File("key.ctx"), handle);
        await RunAsync("tpm2_flushcontext", "-t");
    }

    /// <summary>Imports a key into a file that only this TPM can use.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> ImportToFileAsync(TestCertificate key, string attributes = "sign|decrypt")
    {
        await WrapAsync(key, attributes, authorization: null);
        var file = _folder.File($"{Guid.NewGuid():N}.tpm");
        await RunAsync("tpm2_encodeobject", "-Q", "-C", Parent, "-u", _folder.File("key.pub"), "-r", _folder.File("key.priv"), "-o", file);
        return file;
    }

    public string Write(string name, string content) => _folder.Write(name, content);

    /// <summary>SIGKILL, as when the power fails.</summary>
    public async Task KillAsync()
    {
        await _process!.DisposeAsync();
    }

    /// <summary>At the same place, with what was persistent.</summary>
    public async Task RestartAsync()
    {
        for (var attempt = 0; !await TryBootAsync(); attempt++)
        {
            if (attempt == 20)
                throw new InvalidOperationException($"swtpm does not start again: {string.Join('\n', _process!.Lines)}");
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<bool> TryBootAsync()
    {
        _process = ChildProcess.Start(Tool.SkipUnless("swtpm"), [
            "socket", "--tpm2", "--tpmstate", $"dir={_folder.File("state")}", "--flags", "not-need-init,startup-clear",
            "--server", $"type=tcp,bindaddr=127.0.0.1,port={Port}", "--ctrl", $"type=tcp,bindaddr=127.0.0.1,port={Port + 1}",
        ]);
        while (!_process.HasExited)
        {
            try
            {
                // The control channel: the other one takes a single connection.
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", Port + 1);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(20);
            }
        }
        return false;
    }

    private async Task WrapAsync(TestCertificate key, string attributes, string? authorization)
    {
        var pem = _folder.Write("import.key", key.PrivateKeyPem);
        var kind = key.Key switch { TestKey.Rsa2048 => "rsa", _ => "ecc" };
        string[] secret = authorization is null ? [] : ["-p", authorization];
        await RunAsync("tpm2_import", ["-Q", "-C", Parent, "-G", kind, "-i", pem, "-a", $"userwithauth|{attributes}", "-u", _folder.File("key.pub"), "-r", _folder.File("key.priv"), .. secret]);
        await RunAsync("tpm2_flushcontext", "-l"); // the tool leaves its session behind
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        var environment = new Dictionary<string, string?> { ["TPM2TOOLS_TCTI"] = $"swtpm:host=127.0.0.1,port={Port}" };
        var result = await ChildProcess.RunAsync(Tool.SkipUnless(program), arguments, environment: environment);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result.All}");
    }
}
